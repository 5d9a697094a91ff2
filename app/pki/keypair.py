"""A certificate and the private key that belongs to it, from PEM and checked.

Nothing here touches a file: the same checks serve mounted files, a Secret's values and development
certificates, at the start and whenever they change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from app.pki.errors import CertificateError, Fault
from app.pki.keys import PrivateKey, parse_private_key, private_key_pem
from app.pki.pem import Pem, certificate_pem, parse_certificates
from app.pki.subject_names import covers


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate, its private key, and the intermediate certificates to send along."""

    certificate: x509.Certificate
    key: PrivateKey
    intermediates: tuple[x509.Certificate, ...] = ()

    @property
    def certificate_pem(self) -> bytes:
        """The certificate, then its intermediates: a TLS server's order (RFC 8446, 4.4.2)."""
        return b"".join(map(certificate_pem, (self.certificate, *self.intermediates)))

    @property
    def key_pem(self) -> bytes:
        """The private key in the clear, as PKCS #8 (RFC 5958)."""
        return private_key_pem(self.key)


def parse_key_pair(certificate: Pem, key: Pem) -> KeyPair:
    """Read certificates, the subject's own first, and the key that belongs to it."""
    first, *others = parse_certificates(certificate)
    private_key = parse_private_key(key)
    public_key = private_key.public_key()
    if first.public_key() == public_key:
        return KeyPair(first, private_key, tuple(others))
    if any(other.public_key() == public_key for other in others):
        advice = "put the certificate that the key belongs to first in its file"
    else:
        advice = "use the certificate and key that were made together"
    raise CertificateError(
        Fault.MISMATCH, f"{key.source} does not match {certificate.source}", advice
    )


def check_dates(certificate: x509.Certificate, *, now: datetime, source: str) -> None:
    """Refuse a certificate outside its validity; both ends count as inside (RFC 5280, 4.1.2.5)."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        raise CertificateError(
            Fault.NOT_YET_VALID,
            f"{source} is only valid from {begin:%Y-%m-%dT%H:%M:%SZ}",
            "check this machine's clock, or use a certificate that is valid now",
        )
    if now > end:
        raise CertificateError(
            Fault.EXPIRED,
            f"{source} expired at {end:%Y-%m-%dT%H:%M:%SZ}",
            "put a renewed one in its place",
        )


def check_names(certificate: x509.Certificate, *, names: Iterable[str], source: str) -> None:
    """Refuse a certificate whose subject alternative names lack one of `names`."""
    if missing := [name for name in names if not covers(certificate, name)]:
        raise CertificateError(
            Fault.NAME_MISSING,
            f"{source} does not name {', '.join(missing)} in its subject alternative names",
            "issue it again with these names",
        )


def load_key_pair(
    certificate: Pem, key: Pem, *, now: datetime, names: Iterable[str] = ()
) -> KeyPair:
    """Read a serving pair: it matches, is in date at `now` (aware) and names each of `names`.

    Raises CertificateError with one sentence for the first thing that is wrong.
    """
    loaded = parse_key_pair(certificate, key)
    check_dates(loaded.certificate, now=now, source=certificate.source)
    check_names(loaded.certificate, names=names, source=certificate.source)
    return loaded
