"""The flags of `leasegate serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.cli.choice import EnumChoice
from app.cli.config_option import configuration_option
from app.cli.instant import INSTANT
from app.cli.self_managed_options import self_managed_options
from app.http.limits import ConnectionLimits
from app.log import LogFormat, LogLevel
from app.pki.keys import KeyAlgorithm
from app.serve.settings import CertificateMode, TlsVersion
from app.server.limits import ReviewLimits, ShutdownSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    _Option = Callable[[Callable[..., None]], Callable[..., None]]

_PATH: Final = click.Path(path_type=Path)
_PORT: Final = click.IntRange(0, 65535)

_OPTIONS: Final[list[_Option]] = [
    configuration_option,
    click.option("--dev", is_flag=True, help="Serve on 127.0.0.1 with development certificates."),
    click.option(
        "--now",
        type=INSTANT,
        default=None,
        help="With --dev: judge as if this were the current time (RFC 3339).",
    ),
    click.option("--host", default="0.0.0.0", help="Address to listen on; :: takes IPv6 too."),  # noqa: S104
    click.option("--port", type=_PORT, default=8443, help="Port; 0 takes any."),
    click.option(
        "--operations-host",
        default="0.0.0.0",  # noqa: S104
        help="Address of the operations port.",
    ),
    click.option(
        "--operations-port",
        type=_PORT,
        default=8080,
        help="Port of /livez, /readyz and /metrics in plain HTTP; 0 takes any.",
    ),
    click.option(
        "--certificates",
        type=EnumChoice(CertificateMode),
        default=CertificateMode.FILES.value,
        help="Where the serving certificate comes from.",
    ),
    click.option(
        "--tls-cert-file",
        type=_PATH,
        default=Path("/etc/leasegate/tls/tls.crt"),
        help="Certificate chain in PEM.",
    ),
    click.option(
        "--tls-private-key-file",
        type=_PATH,
        default=Path("/etc/leasegate/tls/tls.key"),
        help="Its key in PEM.",
    ),
    click.option(
        "--certificates-folder",
        type=_PATH,
        default=Path("certs"),
        help="Where development certificates are made and kept.",
    ),
    click.option(
        "--tls-name",
        multiple=True,
        help="Name that the certificate must have, such as NAME.NAMESPACE.svc; may be repeated.",
    ),
    click.option(
        "--certificates-poll-seconds",
        type=click.FloatRange(0.1, 3600),
        default=None,
        help="How often the certificate's files (5), or the Secret (15), are looked at.",
    ),
    click.option(
        "--tls-min-version",
        type=EnumChoice(TlsVersion, case_sensitive=True),
        default=TlsVersion.TLS12.value,
        help="The oldest version of TLS that is served.",
    ),
    click.option(
        "--client-ca-file",
        type=_PATH,
        default=None,
        help="CA certificates in PEM: callers must show a certificate of theirs, over TLS 1.3.",
    ),
    click.option(
        "--client-name",
        multiple=True,
        help="With --client-ca-file: common name or DNS name that may call; may be repeated.",
    ),
    self_managed_options,
    click.option(
        "--replica-name",
        default=None,
        hidden=True,
        help="Has no effect any more.",
    ),
    click.option(
        "--key-algorithm",
        type=EnumChoice(KeyAlgorithm),
        default=KeyAlgorithm.ECDSA.value,
        help="Keys of self-managed certificates.",
    ),
    click.option(
        "--body-limit",
        type=click.IntRange(min=1024),
        default=ReviewLimits().body_bytes,
        help="Largest request body in bytes; a larger review is denied.",
    ),
    click.option(
        "--body-memory",
        type=click.IntRange(min=1024),
        default=ReviewLimits().memory_bytes,
        help="Bytes for all bodies that are read at once; beyond, the oldest gets 429.",
    ),
    click.option(
        "--answer-seconds",
        type=click.FloatRange(min=0, min_open=True, max=30),
        default=ReviewLimits().seconds,
        help="Answer within so long, or within the caller's own timeout if that is less.",
    ),
    click.option(
        "--max-connections",
        type=click.IntRange(min=10),
        default=ConnectionLimits().connections,
        help="Connections at once, idle ones included.",
    ),
    click.option(
        "--drain-seconds",
        type=click.FloatRange(0, 3600),
        default=ShutdownSettings().drain_seconds,
        help="After SIGTERM, answer for so long while the Service takes this replica out.",
    ),
    click.option(
        "--kubeconfig",
        type=_PATH,
        default=None,
        help="Cluster to learn siblings and the time from; in a pod its own one is taken.",
    ),
    click.option(
        "--watch-leases",
        is_flag=True,
        help="Follow the cluster's Leases too, and show metrics of its elections.",
    ),
    click.option(
        "--log-format",
        type=EnumChoice(LogFormat),
        default=LogFormat.TEXT.value,
        help="Text for people, or one JSON object a line.",
    ),
    click.option(
        "--log-level",
        type=EnumChoice(LogLevel),
        default=LogLevel.INFO.value,
        help="The least important records that are written.",
    ),
    click.option(
        "--log-allows",
        type=click.IntRange(min=0),
        default=0,
        help="Write every Nth allow that has nothing to say; 0 writes none, debug all of them.",
    ),
    click.option(
        "--traces",
        is_flag=True,
        help="Send OpenTelemetry traces to OTEL_EXPORTER_OTLP_ENDPOINT; needs leasegate[otel].",
    ),
]


def serve_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags, in the order in which --help shows them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
