"""PEM text, and the certificates in it (RFC 7468)."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from app.pki.errors import CertificateError, Fault


@dataclass(frozen=True, slots=True)
class Pem:
    """PEM bytes, and the words that tell a reader of an error where they came from."""

    source: str
    content: bytes = field(repr=False)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Write one certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def parse_certificates(pem: Pem) -> tuple[x509.Certificate, ...]:
    """Read every certificate of a PEM file, in the file's order; there is at least one."""
    try:
        return _parse(pem.content)
    except (
        ValueError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise CertificateError(
            Fault.UNREADABLE,
            f"{pem.source} holds no usable PEM certificate",
            'give a file that begins with "-----BEGIN CERTIFICATE-----"',
        ) from error


def _parse(content: bytes) -> tuple[x509.Certificate, ...]:
    # A last certificate that is cut off is passed over here, but OpenSSL then refuses the file.
    if content.count(b"-----BEGIN ") != content.count(b"-----END "):
        raise ValueError("the file ends too early")
    certificates = tuple(x509.load_pem_x509_certificates(content))
    for certificate in certificates:
        # These are parsed on demand only, and a damaged one must not come up later.
        _ = certificate.public_key(), certificate.extensions, certificate.subject
    return certificates
