"""The certificate that new connections get.

Each pair has a TLS context of its own: one that OpenSSL loads only half would go on with a
certificate and a key that do not match. A connection keeps the context that it began with, so a
change ends none and never touches the listener.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from typing import IO, TYPE_CHECKING, cast

import structlog
from cryptography import x509

from app.pki.errors import CertificateError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from app.pki.keypair import KeyPair
    from app.server.metrics.certificates import CertificateMetrics
    from app.server.metrics.configuration import ReloadMetrics

_logger = structlog.stdlib.get_logger(__name__)


class ServingCertificate:
    """Holds the pair that is served; before the first one, every handshake fails.

    `problem` says why the newest pair that was found is not served, and is empty where it is.
    """

    def __init__(self, certificates: CertificateMetrics, reloads: ReloadMetrics) -> None:
        self._certificates = certificates
        self._reloads = reloads
        self._context = _new_context()
        self.pair: KeyPair | None = None
        self.problem = ""

    def context(self) -> ssl.SSLContext:
        """Return the TLS context of the next connection."""
        return self._context

    def serve(self, pair: KeyPair, authority_not_after: datetime | None = None) -> None:
        """Serve this pair from now on; CertificateError where OpenSSL refuses it.

        `authority_not_after` is the end of the CA that issued it, where that is known.
        """
        context = tls_context(pair)
        is_first = self.pair is None
        self._context, self.pair, self.problem = context, pair, ""
        certificate = pair.certificate
        self._certificates.serving(certificate.not_valid_after_utc)
        if authority_not_after is not None:
            self._certificates.authority(authority_not_after)
        if not is_first:
            self._reloads.reloaded("certificates", "success")
            _logger.info(
                "certificate reloaded",
                issuer=common_name(certificate.issuer),
                serial=f"{certificate.serial_number:x}",
                not_after=f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            )

    def refuse(self, error: CertificateError) -> None:
        """Take note that a pair was found which is not served; the same one counts once."""
        if self.problem == str(error):
            return
        self.problem = str(error)
        self._certificates.refused(error.reason)
        self._reloads.reloaded("certificates", "failure")
        _logger.error("certificate not reloaded", problem=self.problem)

    def accept(self) -> None:
        """Take note that what is served is the newest again."""
        if self.problem:
            self.problem = ""
            self._reloads.reloaded("certificates", "success")

    def check(self, now: datetime) -> str | None:
        """Return why no client would accept what is served, or None."""
        if self.pair is None:
            return "there is no certificate to serve yet"
        begin = self.pair.certificate.not_valid_before_utc
        end = self.pair.certificate.not_valid_after_utc
        if begin <= now <= end:
            return None
        when = f"expired at {end:%Y-%m-%dT%H:%M:%SZ}"
        if now < begin:
            when = f"is only valid from {begin:%Y-%m-%dT%H:%M:%SZ}"
        return f"the served certificate {when}{self._newest()}"

    def note(self) -> str:
        """Say what is served, and why nothing newer is."""
        if self.pair is None:
            return ""
        certificate = self.pair.certificate
        return (
            f"issued by {common_name(certificate.issuer)!r}, valid until "
            f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}{self._newest()}"
        )

    def _newest(self) -> str:
        return f"; a newer one is refused: {self.problem}" if self.problem else ""


def common_name(name: x509.Name) -> str:
    """Return the common name of a certificate's subject or issuer, else all of it."""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # kube-apiserver asks a Service's webhook for HTTP/1.1 only (apiserver pkg/util/webhook).
    context.set_alpn_protocols(["http/1.1"])
    return context


def tls_context(pair: KeyPair) -> ssl.SSLContext:
    """Return a context that serves the pair, with TLS 1.2 or newer.

    Raises CertificateError where OpenSSL refuses the pair, for example a key that is too short.
    """
    context = _new_context()
    # Python's ssl takes files only; this one has no name, and is memory where the system can.
    with _unnamed_file() as file:
        file.write(pair.certificate_pem + pair.key_pem)
        file.flush()
        try:
            context.load_cert_chain(f"/dev/fd/{file.fileno()}")
        except ssl.SSLError as error:
            raise CertificateError(
                Reason.UNREADABLE,
                f"OpenSSL does not serve with this certificate and key ({error.reason})",
                "use an ECDSA P-256 key, or an RSA key of at least 2048 bits with SHA-256",
            ) from error
    return context


def _unnamed_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("leasegate"), "w+b")
    return cast("IO[bytes]", tempfile.TemporaryFile())
