"""`leasegate certs status`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.cli.choice import EnumChoice
from app.cli.cluster_options import ChosenCluster, connection_options
from app.cli.installation import Managed, installation
from app.cli.self_managed_options import self_managed_options
from app.pki.files import read_pem
from app.pki.keypair import parse_key_pair
from app.pki.pem import parse_certificates
from app.pki.secret_state import read_contents
from app.pki.served_leaf import served_leaf
from app.pki.status_report import (
    CertificateStatus,
    Status,
    WebhookStatus,
    status_of_development,
    status_of_files,
    status_of_secret,
)
from app.serve.certificates import stores_of
from app.serve.settings import CertificateMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography import x509
    from lightkube import AsyncClient

    from app.pki.keypair import KeyPair
    from app.serve.settings import SelfManagedSettings

_PATH: Final = click.Path(path_type=Path)
_WIDTH: Final = 14


@click.command("status", context_settings={"auto_envvar_prefix": "LEASEGATE", "show_default": True})
@click.option(
    "--certificates",
    type=EnumChoice(CertificateMode),
    default=CertificateMode.SELF.value,
    help="Where the serving certificate comes from.",
)
@click.option("--tls-cert-file", type=_PATH, help="With files: certificate chain in PEM.")
@click.option("--tls-private-key-file", type=_PATH, help="With files: its key in PEM.")
@click.option(
    "--certificates-folder", type=_PATH, default=Path("certs"), help="With dev: where they are."
)
@self_managed_options
@connection_options
@click.option(
    "--replica",
    metavar="HOST:PORT",
    default=None,
    help="Show the leaf of this replica too, such as localhost:8443 inside its pod.",
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="Format.")
@click.pass_context
def status(
    context: click.Context,
    *,
    certificates: CertificateMode,
    tls_cert_file: Path | None,
    tls_private_key_file: Path | None,
    certificates_folder: Path,
    managed: Managed,
    cluster: ChosenCluster,
    replica: str | None,
    output: str,
) -> None:
    """Show the certificates, whether the live caBundle verifies them, and what happens next.

    Exit code 0: all is well; 1: something is wrong, as the last lines say; 2: it cannot be told.
    """
    files = None
    if certificates is CertificateMode.FILES:
        if tls_cert_file is None or tls_private_key_file is None:
            raise click.UsageError("files need --tls-cert-file and --tls-private-key-file.")
        files = (tls_cert_file, tls_private_key_file)
    if certificates is CertificateMode.DEV:
        found = _development(certificates_folder)
    else:
        settings = installation(cluster, managed)
        served = _leaf_of(replica) if files is None else None
        found = asyncio.run(_status(cluster.open_client(), settings, files, served))
    if output == "json":
        click.echo(found.model_dump_json(by_alias=True, indent=2))
    else:
        click.echo("\n".join(_lines(found, datetime.now(UTC))))
    context.exit(1 if found.problems else 0)


def _development(folder: Path) -> Status:
    pair = _pair(folder / "tls.crt", folder / "tls.key")
    (authority, *_) = parse_certificates(read_pem(folder / "ca.crt"))
    return status_of_development(pair, authority, now=datetime.now(UTC))


def _pair(certificate: Path, key: Path) -> KeyPair:
    # The dates are not checked here: the status reports an expired certificate.
    return parse_key_pair(read_pem(certificate), read_pem(key))


async def _status(
    client: AsyncClient,
    settings: SelfManagedSettings,
    files: tuple[Path, Path] | None,
    served: x509.Certificate | None,
) -> Status:
    stores = stores_of(client, settings)
    name, now = settings.names[0], datetime.now(UTC)
    try:
        configurations = await stores.bundles.read()
        if files is not None:
            return status_of_files(_pair(*files), configurations, name=name, now=now)
        stored = await stores.secret.read()
    finally:
        await client.close()
    contents = read_contents(stored.data, now=now.timestamp(), lifetimes=settings.lifetimes)
    return status_of_secret(
        contents, configurations, served, name=name, now=now, lifetimes=settings.lifetimes
    )


def _leaf_of(replica: str | None) -> x509.Certificate | None:
    if replica is None:
        return None
    host, _, port = replica.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError(f"--replica {replica[:253]!r} is not HOST:PORT.")
    return served_leaf(host.strip("[]"), int(port))


def _lines(found: Status, now: datetime) -> Iterator[str]:
    yield _line("Certificates", found.mode)
    if found.leaf is not None:
        yield _line("Leaf", f"issued by {found.leaf.issuer}")
        yield _line("", f"for {', '.join(found.leaf.names)}")
        yield _line("", _dates(found.leaf, now))
    for authority in found.authorities:
        yield _line("CA", f"{authority.subject} {authority.role}; {_dates(authority, now)}")
    for webhook in found.webhooks:
        yield _line("caBundle", f"of {webhook.name} {_verdict(found, webhook)}")
    if found.next_step:
        yield _line("Next", found.next_step)
    for problem in found.problems:
        yield _line("Problem", problem)


def _verdict(found: Status, webhook: WebhookStatus) -> str:
    if found.mode == "self":
        return webhook.problem.removeprefix("its caBundle ") or "has every CA"
    return "does not verify the leaf" if webhook.problem else "verifies the leaf"


def _line(title: str, text: str) -> str:
    return f"{f'{title}:' if title else '':{_WIDTH}}{text}"


def _dates(certificate: CertificateStatus, now: datetime) -> str:
    days = (certificate.not_after - now).days
    return (
        f"valid from {certificate.not_before:%Y-%m-%dT%H:%M:%SZ} "
        f"until {certificate.not_after:%Y-%m-%dT%H:%M:%SZ} ({days} days)"
    )
