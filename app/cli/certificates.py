"""Where `serve` gets its certificate from, and how that stays fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.pki.development import ensure_development_certificates
from app.server.certificate_files import CertificateFiles
from app.server.serving_certificate import ServingCertificate
from app.settings import CertificateMode

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from app.server.metrics import Metrics
    from app.settings import ServeSettings


@dataclass(frozen=True, slots=True)
class Certificates:
    """The TLS context of the next connection, and what the server says and does besides.

    `ca_certificate` is for the person who starts a development server.
    """

    context: Callable[[], ssl.SSLContext]
    check: Callable[[], str | None]
    note: Callable[[], str]
    background: Sequence[Callable[[], Coroutine[None, None, None]]]
    ca_certificate: Path | None = None


def open_certificates(settings: ServeSettings, metrics: Metrics) -> Certificates:
    """Return the certificates of the mode that is set; CertificateError where none can be used."""
    certificate, key, ca_certificate = settings.certificate_file, settings.key_file, None
    if settings.certificates is CertificateMode.DEV:
        made = ensure_development_certificates(settings.certificates_folder, now=_now())
        certificate, key, ca_certificate = made.certificate, made.key, made.ca_certificate
    serving = ServingCertificate(metrics.certificates, metrics.reloads)
    files = CertificateFiles(certificate, key, settings.names, serving, _now)
    files.load()
    return Certificates(
        serving.context,
        lambda: serving.check(_now()),
        lambda: f"{settings.certificates.value}: {serving.note()}",
        [lambda: files.keep_fresh(settings.certificates_poll_seconds)],
        ca_certificate,
    )


def _now() -> datetime:
    return datetime.now(UTC)
