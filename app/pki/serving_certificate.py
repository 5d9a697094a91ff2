"""The certificate that new connections get.

Each pair gets a new TLS context: if OpenSSL failed halfway to load a pair into a context in use,
its certificate and key would not match. A connection keeps the context that it began with, so a
change ends no connection and does not affect the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from cryptography import x509

from app.pki.tls import DEFAULT_POLICY, TlsPolicy, new_context, tls_context

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from app.pki.certificate_observer import CertificateObserver
    from app.pki.keypair import KeyPair

_logger = structlog.stdlib.get_logger(__name__)


class ServingCertificate:
    """Holds the pair that is served; before the first one, every handshake fails."""

    def __init__(self, observer: CertificateObserver, policy: TlsPolicy = DEFAULT_POLICY) -> None:
        self._observer = observer
        self.policy = policy
        self._context = new_context(policy)
        self.pair: KeyPair | None = None

    def context(self) -> ssl.SSLContext:
        """Return the TLS context of the next connection."""
        return self._context

    def set_policy(self, policy: TlsPolicy) -> None:
        """Apply this policy to new connections."""
        pair = self.pair
        self._context = new_context(policy) if pair is None else tls_context(pair, policy)
        self.policy = policy

    def serve(self, pair: KeyPair, authority_not_after: datetime | None = None) -> None:
        """Serve this pair from now on; CertificateError where OpenSSL refuses it.

        `authority_not_after` is the end of the CA that issued it, where that is known.
        """
        context = tls_context(pair, self.policy)
        is_first = self.pair is None
        self._context, self.pair = context, pair
        certificate = pair.certificate
        self._observer.serving(certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        if authority_not_after is not None:
            self._observer.authority(authority_not_after)
        if not is_first:
            _logger.info(
                "certificate replaced",
                issuer=common_name(certificate.issuer),
                serial=f"{certificate.serial_number:x}",
                not_after=f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            )

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
        return f"the served certificate {when}"

    def note(self) -> str:
        """Return what is served, in one sentence for /readyz."""
        if self.pair is None:
            return "no certificate yet"
        certificate = self.pair.certificate
        return (
            f"issued by {common_name(certificate.issuer)!r}, valid until "
            f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        )


def common_name(name: x509.Name) -> str:
    """Return the common name of a certificate's subject or issuer, else all of it."""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
