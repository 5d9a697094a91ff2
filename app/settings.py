"""What `leasegate serve` is told; made by the command from its flags, then passed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.log import LogFormat, LogLevel

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
    `webhook_configuration`. No two running replicas have the same `replica_name`.
    """

    namespace: str
    secret_name: str
    service_name: str
    webhook_configuration: str
    replica_name: str
    key_algorithm: KeyAlgorithm
    lifetimes: Lifetimes

    @property
    def names(self) -> tuple[str, ...]:
        """DNS names of the Service, first the one by which kube-apiserver calls it."""
        name = f"{self.service_name}.{self.namespace}"
        return (f"{name}.svc", self.service_name, name, f"{name}.svc.cluster.local")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one port grants its connections; times are in seconds.

    A client that is slow or silent in the TLS handshake, in a request's header or in its body is
    closed. An idle connection outlives the 90 s for which kube-apiserver keeps one: it is the
    client that must close it, or a request that is just being sent is lost. Only where there are
    too many `connections` may one be ended before, and not if it was used in the last
    `in_use_seconds`.

    A client's certificate must have one of the names `callers`; None lets everybody call.
    """

    connections: int = 1000
    handshake_seconds: float = 4.0
    header_seconds: float = 5.0
    idle_seconds: float = 120.0
    in_use_seconds: float = 5.0
    header_bytes: int = 32 * 1024
    header_fields: int = 64
    callers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ReviewLimits:
    """What reviews may take; times are in seconds.

    An answer takes at most `seconds`, or as long as its caller says that it waits, if that is
    less. A body has at most `body_bytes` and `body_seconds` for its first 64 KiB, and as long
    again for the rest. All larger bodies together have `memory_bytes`; `waiting` of them may wait
    for their share.
    """

    seconds: float = 10.0
    body_bytes: int = 8 * 1024 * 1024
    body_seconds: float = 3.5
    memory_bytes: int = 32 * 1024 * 1024
    waiting: int = 64


@dataclass(frozen=True, slots=True)
class ShutdownSettings:
    """How the server ends after SIGTERM; in seconds.

    For `drain_seconds` it answers as ever, while it is taken out of the Service and every answer
    asks its client to close the connection. After that it may take `shutdown_seconds` to finish.
    """

    drain_seconds: float = 10.0
    shutdown_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Settings of the server.

    `certificate_file` and `key_file` are read in mode `files`, `certificates_folder` holds
    the development certificates of mode `dev`, `self_managed` belongs to mode `self`, and
    `checked_against` says whose caBundle should verify files. The certificate must have each of
    `names`; its files, or the Secret, are looked at every `certificates_poll_seconds`, and so is
    `client_authorities_file`, with the CAs that issue callers' certificates, where there is one.
    `now` replaces the current time for trying things out. Every `log_allows`-th plain allow is
    written to the log, none where it is 0.
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
