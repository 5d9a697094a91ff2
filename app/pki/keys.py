"""Private keys: made, read and written."""

from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.pki.errors import CertificateError, Fault
from app.pki.pem import Pem

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
"""The kinds of key that a TLS server can use."""

_RSA_MINIMUM = 2048


class KeyAlgorithm(StrEnum):
    """The keys that can be made, P-256 and RSA of 3072 bits.

    Both have about 128 bits of strength (NIST SP 800-57, table 2). A value is the name in small
    letters: flags, the configuration file and the chart's schema have the same spelling.
    """

    ECDSA = "ecdsa"
    RSA = "rsa"


def new_key(algorithm: KeyAlgorithm) -> PrivateKey:
    """Make a key from the system's random numbers."""
    if algorithm is KeyAlgorithm.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def parse_private_key(pem: Pem) -> PrivateKey:
    """Read a private key in the clear: ECDSA, Ed25519, or RSA of at least 2048 bits."""
    try:
        key = serialization.load_pem_private_key(pem.content, password=None)
    except TypeError as error:  # what cryptography raises for a key that needs a passphrase
        raise CertificateError(
            Fault.UNREADABLE,
            f"{pem.source} is encrypted",
            "write the key without a passphrase (openssl pkey -in FILE -out NEW)",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(
            Fault.UNREADABLE,
            f"{pem.source} holds no usable PEM private key",
            'give a file that begins with "-----BEGIN PRIVATE KEY-----" or the like',
        ) from error
    # OpenSSL refuses to serve with a shorter RSA key at its security level 2, Python's default.
    too_short = isinstance(key, rsa.RSAPrivateKey) and key.key_size < _RSA_MINIMUM
    if not isinstance(key, PrivateKey) or too_short:
        raise CertificateError(
            Fault.UNREADABLE,
            f"{pem.source} holds a key that a TLS server cannot use",
            "make an ECDSA P-256 key, or an RSA key of at least 2048 bits",
        )
    return key


def private_key_pem(key: PrivateKey) -> bytes:
    """Write a key in the clear, as PKCS #8 (RFC 5958)."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
