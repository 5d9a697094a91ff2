"""The settings of `leasegate serve`; made by the command from its flags, then passed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.http.limits import ConnectionLimits
from app.log import LogFormat, LogLevel
from app.server.limits import ReviewLimits, ShutdownSettings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from app.pki.keys import KeyAlgorithm
    from app.pki.lifetimes import Lifetimes


class CertificateMode(StrEnum):
    """Where the serving certificate comes from."""

    FILES = "files"
    SELF = "self"
    DEV = "dev"


class TlsVersion(StrEnum):
    """A version of TLS in the words of kube-apiserver's flags."""

    TLS12 = "VersionTLS12"
    TLS13 = "VersionTLS13"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfManagedSettings:
    """Where self-managed certificates are kept, whom they name, and how long they live.

    `namespace` is that of the Secret and of the Service. Both webhook configurations have the name
    `webhook_configuration`.
    """

    namespace: str
    secret_name: str
    service_name: str
    webhook_configuration: str
    key_algorithm: KeyAlgorithm
    lifetimes: Lifetimes

    @property
    def names(self) -> tuple[str, ...]:
        """DNS names of the Service, first the one by which kube-apiserver calls it.

        A namespace may be a number, and a DNS name cannot end in one (RFC 1123, section 2.1): those
        that would are left out.
        """
        name = f"{self.service_name}.{self.namespace}"
        names = (f"{name}.svc", self.service_name, name, f"{name}.svc.cluster.local")
        return tuple(one for one in names if not one.rpartition(".")[2].isdecimal())


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Settings of the server.

    `certificate_file` and `key_file` are read in mode `files`, `certificates_folder` holds
    the development certificates of mode `dev`, `self_managed` belongs to mode `self`, and
    `checked_against` says whose caBundle should verify files. The certificate must have each of
    `names`; its files, or the Secret, are looked at every `certificates_poll_seconds`, and so is
    `client_authorities_file`, with the CAs that issue callers' certificates, where there is one.
    `now` replaces the current time for trying things out. Every `log_allows`-th plain allow is
    written to the log, none where it is 0. `watch_leases` says whether Leases are followed too, for
    the metrics of elections.
    """

    host: str
    port: int
    operations_host: str
    operations_port: int
    certificates: CertificateMode
    certificate_file: Path
    key_file: Path
    certificates_folder: Path
    names: tuple[str, ...] = ()
    certificates_poll_seconds: float | None = None
    self_managed: SelfManagedSettings | None = None
    checked_against: SelfManagedSettings | None = None
    kubeconfig: Path | None = None
    watch_leases: bool = False
    tls_min_version: TlsVersion = TlsVersion.TLS12
    client_authorities_file: Path | None = None
    documentation: bool = False
    now: datetime | None = None
    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.INFO
    log_allows: int = 0
    traces: bool = False
    connections: ConnectionLimits = field(default_factory=ConnectionLimits)
    reviews: ReviewLimits = field(default_factory=ReviewLimits)
    shutdown: ShutdownSettings = field(default_factory=ShutdownSettings)
