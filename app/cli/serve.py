"""`leasegate serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.cli.config_option import document
from app.cli.serve_options import serve_options
from app.configuration import RulesInForce
from app.errors import LeasegateError
from app.http.limits import ConnectionLimits
from app.log import LogFormat, LogLevel
from app.pki.keys import KeyAlgorithm
from app.serve.assemble import run_server
from app.serve.settings import CertificateMode, ServeSettings, TlsVersion
from app.server.limits import ReviewLimits, ShutdownSettings
from app.server.metrics import create_metrics

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from app.serve.settings import SelfManagedSettings


@click.command("serve", context_settings={"auto_envvar_prefix": "LEASEGATE", "show_default": True})
@serve_options
@click.pass_context
def command(
    context: click.Context,
    *,
    config: Path | None,
    dev: bool,
    now: datetime | None,
    host: str,
    port: int,
    operations_host: str,
    operations_port: int,
    drain_seconds: float,
    certificates: CertificateMode,
    tls_cert_file: Path,
    tls_private_key_file: Path,
    certificates_folder: Path,
    tls_name: tuple[str, ...],
    certificates_poll_seconds: float | None,
    tls_min_version: TlsVersion,
    client_ca_file: Path | None,
    client_name: tuple[str, ...],
    managed: Callable[[KeyAlgorithm], SelfManagedSettings],
    replica_name: str | None,
    key_algorithm: KeyAlgorithm,
    body_limit: int,
    body_memory: int,
    answer_seconds: float,
    max_connections: int,
    kubeconfig: Path | None,
    watch_leases: bool,
    log_format: LogFormat,
    log_level: LogLevel,
    log_allows: int,
    traces: bool,
) -> None:
    """Serve the admission webhook over HTTPS.

    Each flag can be given in the environment too: --log-format as LEASEGATE_LOG_FORMAT.
    """
    given = {name for name in context.params if _is_given(context, name)}
    if dev and "certificates" in given and certificates is not CertificateMode.DEV:
        raise click.UsageError("--dev makes its own certificates; leave --certificates out.")
    if now is not None and not dev:
        raise click.UsageError("--now is for trying things out; it goes with --dev only.")
    if replica_name is not None:
        click.echo("Warning: --replica-name has no effect any more; leave it out.", err=True)
    in_force = development(context)
    mode = in_force.get("certificates", certificates)
    if mode is CertificateMode.FILES and "tls_cert_file" not in given:
        _expect(tls_cert_file)
    metrics = create_metrics()
    run_server(
        ServeSettings(
            host=in_force.get("host", host),
            port=port,
            operations_host=in_force.get("operations_host", operations_host),
            operations_port=operations_port,
            certificates=mode,
            certificate_file=tls_cert_file,
            key_file=tls_private_key_file,
            certificates_folder=certificates_folder,
            names=tls_name,
            certificates_poll_seconds=certificates_poll_seconds,
            tls_min_version=tls_min_version,
            client_authorities_file=client_ca_file,
            reviews=ReviewLimits(
                seconds=answer_seconds, body_bytes=body_limit, memory_bytes=body_memory
            ),
            self_managed=managed(key_algorithm) if mode is CertificateMode.SELF else None,
            checked_against=_bundle_to_check(managed) if mode is CertificateMode.FILES else None,
            kubeconfig=kubeconfig,
            watch_leases=watch_leases,
            documentation=dev,
            now=now,
            log_format=log_format,
            log_level=log_level,
            log_allows=1 if log_level is LogLevel.DEBUG else log_allows,
            traces=traces,
            connections=ConnectionLimits(
                connections=max_connections, callers=_callers(client_ca_file, client_name)
            ),
            shutdown=ShutdownSettings(drain_seconds=drain_seconds),
        ),
        RulesInForce(config, document(context), metrics.reloads),
        metrics,
    )


def development(context: click.Context) -> dict[str, Any]:
    """Return the parameters that --dev sets, where it is given and they are not."""
    if not context.params.get("dev"):
        return {}
    hosts = ("host", "operations_host")
    local = {name: "127.0.0.1" for name in hosts if not _is_given(context, name)}
    return {**local, "certificates": CertificateMode.DEV}


def _expect(certificate: Path) -> None:
    if not certificate.exists():
        raise LeasegateError(
            f"{certificate} does not exist; give --tls-cert-file and --tls-private-key-file, or "
            "--certificates self in a cluster, or --dev to try it on this machine"
        )


def _callers(authorities: Path | None, names: tuple[str, ...]) -> frozenset[str] | None:
    if authorities is None and not names:
        return None
    if authorities is None:
        raise click.UsageError(
            "--client-name is looked for in certificates; give --client-ca-file."
        )
    if not names:
        raise click.UsageError(
            "a CA may vouch for many; say with --client-name who of them may call."
        )
    return frozenset(names)


def _bundle_to_check(
    managed: Callable[[KeyAlgorithm], SelfManagedSettings],
) -> SelfManagedSettings | None:
    """Return the names of the webhooks' caBundle to check; None without a namespace."""
    try:
        return managed(KeyAlgorithm.ECDSA)
    except click.UsageError:
        return None


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
