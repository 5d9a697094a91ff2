"""`leasegate serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.choice import EnumChoice
from app.cli.config_option import configuration_option, document
from app.cli.instant import INSTANT
from app.cli.self_managed_options import self_managed_options
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

    from app.serve.settings import SelfManagedSettings

_PATH = click.Path(path_type=Path)
_PORT = click.IntRange(0, 65535)


@click.command("serve", context_settings={"auto_envvar_prefix": "LEASEGATE", "show_default": True})
@configuration_option
@click.option("--dev", is_flag=True, help="Serve on 127.0.0.1 with development certificates.")
@click.option(
    "--now",
    type=INSTANT,
    default=None,
    help="With --dev: judge as if this were the current time (RFC 3339).",
)
@click.option("--host", default="0.0.0.0", help="Address to listen on; :: takes IPv6 too.")  # noqa: S104
@click.option("--port", type=_PORT, default=8443, help="Port; 0 takes any.")
@click.option(
    "--operations-host",
    default="0.0.0.0",  # noqa: S104
    help="Address of the operations port.",
)
@click.option(
    "--operations-port",
    type=_PORT,
    default=8080,
    help="Port of /livez, /readyz and /metrics in plain HTTP; 0 takes any.",
)
@click.option(
    "--certificates",
    type=EnumChoice(CertificateMode),
    default=CertificateMode.FILES.value,
    help="Where the serving certificate comes from.",
)
@click.option(
    "--tls-cert-file",
    type=_PATH,
    default=Path("/etc/leasegate/tls/tls.crt"),
    help="Certificate chain in PEM.",
)
@click.option(
    "--tls-private-key-file",
    type=_PATH,
    default=Path("/etc/leasegate/tls/tls.key"),
    help="Its key in PEM.",
)
@click.option(
    "--certificates-folder",
    type=_PATH,
    default=Path("certs"),
    help="Where development certificates are made and kept.",
)
@click.option(
    "--tls-name",
    multiple=True,
    help="Name that the certificate must have, such as NAME.NAMESPACE.svc; may be repeated.",
)
@click.option(
    "--certificates-poll-seconds",
    type=click.FloatRange(0.1, 3600),
    default=None,
    help="How often the certificate's files (5), or the Secret (15), are looked at.",
)
@click.option(
    "--tls-min-version",
    type=EnumChoice(TlsVersion, case_sensitive=True),
    default=TlsVersion.TLS12.value,
    help="The oldest version of TLS that is served.",
)
@click.option(
    "--client-ca-file",
    type=_PATH,
    default=None,
    help="CA certificates in PEM: callers must show a certificate of theirs, over TLS 1.3.",
)
@click.option(
    "--client-name",
    multiple=True,
    help="With --client-ca-file: common name or DNS name that may call; may be repeated.",
)
@self_managed_options
@click.option(
    "--replica-name",
    default=None,
    hidden=True,
    help="Has no effect any more.",
)
@click.option(
    "--key-algorithm",
    type=EnumChoice(KeyAlgorithm),
    default=KeyAlgorithm.ECDSA.value,
    help="Keys of self-managed certificates.",
)
@click.option(
    "--body-limit",
    type=click.IntRange(min=1024),
    default=ReviewLimits().body_bytes,
    help="Largest request body in bytes; a larger review is denied.",
)
@click.option(
    "--body-memory",
    type=click.IntRange(min=1024),
    default=ReviewLimits().memory_bytes,
    help="Bytes for all bodies that are read at once; beyond, the oldest gets 429.",
)
@click.option(
    "--answer-seconds",
    type=click.FloatRange(min=0, min_open=True, max=30),
    default=ReviewLimits().seconds,
    help="Answer within so long, or within the caller's own timeout if that is less.",
)
@click.option(
    "--max-connections",
    type=click.IntRange(min=10),
    default=ConnectionLimits().connections,
    help="Connections at once, idle ones included.",
)
@click.option(
    "--drain-seconds",
    type=click.FloatRange(0, 3600),
    default=ShutdownSettings().drain_seconds,
    help="After SIGTERM, answer for so long while the Service takes this replica out.",
)
@click.option(
    "--kubeconfig",
    type=_PATH,
    default=None,
    help="Cluster to learn siblings and the time from; in a pod its own one is taken.",
)
@click.option(
    "--watch-leases",
    is_flag=True,
    help="Follow the cluster's Leases too, and show metrics of its elections.",
)
@click.option(
    "--log-format",
    type=EnumChoice(LogFormat),
    default=LogFormat.TEXT.value,
    help="Text for people, or one JSON object a line.",
)
@click.option(
    "--log-level",
    type=EnumChoice(LogLevel),
    default=LogLevel.INFO.value,
    help="The least important records that are written.",
)
@click.option(
    "--log-allows",
    type=click.IntRange(min=0),
    default=0,
    help="Write every Nth allow that has nothing to say; 0 writes none, debug all of them.",
)
@click.option(
    "--traces",
    is_flag=True,
    help="Send OpenTelemetry traces to OTEL_EXPORTER_OTLP_ENDPOINT; needs leasegate[otel].",
)
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
            checked_against=_whose_bundle(managed) if mode is CertificateMode.FILES else None,
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
    """Return the parameters that --dev decides, where it is given: those that nobody gave."""
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


def _whose_bundle(
    managed: Callable[[KeyAlgorithm], SelfManagedSettings],
) -> SelfManagedSettings | None:
    """Return where to look for the caBundle; None where the namespace is not known."""
    try:
        return managed(KeyAlgorithm.ECDSA)
    except click.UsageError:
        return None


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
