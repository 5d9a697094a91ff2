"""A certificate and the private key that belongs to it, from PEM and checked.

Nothing here touches a file: the same checks serve mounted files, a Secret's values and development
certificates, at the start and whenever they change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.pki.errors import CertificateError, Reason
from app.pki.names import covers

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
"""The kinds of key that a TLS server can use."""


@dataclass(frozen=True, slots=True)
class Pem:
    """PEM bytes, and the words that tell a reader of an error where they came from."""

    source: str
    content: bytes = field(repr=False)


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
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Write one certificate as PEM (RFC 7468)."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def parse_certificates(pem: Pem) -> tuple[x509.Certificate, ...]:
    """Read every certificate of a PEM file, in the file's order; there is at least one."""
    try:
        certificates = tuple(x509.load_pem_x509_certificates(pem.content))
        for certificate in certificates:
            _ = certificate.extensions, certificate.public_key()  # both are only parsed on demand
    except (
        ValueError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise CertificateError(
            Reason.UNREADABLE,
            f"{pem.source} holds no usable PEM certificate",
            'give a file that begins with "-----BEGIN CERTIFICATE-----"',
        ) from error
    return certificates


def parse_private_key(pem: Pem) -> PrivateKey:
    """Read a private key in the clear: ECDSA, RSA or Ed25519."""
    try:
        key = serialization.load_pem_private_key(pem.content, password=None)
    except TypeError as error:  # what cryptography raises for a key that needs a passphrase
        raise CertificateError(
            Reason.UNREADABLE,
            f"{pem.source} is encrypted",
            "write the key without a passphrase (openssl pkey -in FILE -out NEW)",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(
            Reason.UNREADABLE,
            f"{pem.source} holds no usable PEM private key",
            'give a file that begins with "-----BEGIN PRIVATE KEY-----" or the like',
        ) from error
    if not isinstance(key, PrivateKey):
        raise CertificateError(
            Reason.UNREADABLE,
            f"{pem.source} holds a key that a TLS server cannot use",
            "make an ECDSA or RSA key",
        )
    return key


def pair(certificates: Sequence[x509.Certificate], key: PrivateKey, *, source: str) -> KeyPair:
    """Join certificates, the server's own first, with its key; they must belong together."""
    public_key = key.public_key()
    if certificates[0].public_key() == public_key:
        return KeyPair(certificates[0], key, tuple(certificates[1:]))
    if any(certificate.public_key() == public_key for certificate in certificates[1:]):
        advice = "put the certificate that the key belongs to first in its file"
    else:
        advice = "use the certificate and key that were made together"
    raise CertificateError(
        Reason.MISMATCH, f"{source} does not match the first certificate", advice
    )


def check_dates(certificate: x509.Certificate, *, now: datetime, source: str) -> None:
    """Refuse a certificate outside its validity; both ends count as inside (RFC 5280, 4.1.2.5)."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        raise CertificateError(
            Reason.NOT_YET_VALID,
            f"{source} is only valid from {begin:%Y-%m-%dT%H:%M:%SZ}",
            "check this machine's clock, or use a certificate that is valid now",
        )
    if now > end:
        raise CertificateError(
            Reason.EXPIRED,
            f"{source} expired at {end:%Y-%m-%dT%H:%M:%SZ}",
            "put a renewed one in its place",
        )


def check_names(certificate: x509.Certificate, *, names: Iterable[str], source: str) -> None:
    """Refuse a certificate whose subject alternative names lack one of `names`."""
    if missing := [name for name in names if not covers(certificate, name)]:
        raise CertificateError(
            Reason.NAME_MISSING,
            f"{source} does not name {', '.join(missing)} in its subject alternative names",
            "issue it again with these names",
        )


def load_key_pair(
    certificate: Pem, key: Pem, *, now: datetime, names: Iterable[str] = ()
) -> KeyPair:
    """Read a serving pair: it matches, is in date at `now` (aware) and names each of `names`.

    Raises CertificateError with one sentence for the first thing that is wrong.
    """
    loaded = pair(parse_certificates(certificate), parse_private_key(key), source=key.source)
    check_dates(loaded.certificate, now=now, source=certificate.source)
    check_names(loaded.certificate, names=names, source=certificate.source)
    return loaded
