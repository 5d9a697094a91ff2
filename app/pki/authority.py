"""A certificate authority: made from nothing, and the serving leaf that it issues.

Profile: RFC 5280 as Python 3.13 (`ssl.VERIFY_X509_STRICT`) and Go check it: random serials, subject
and authority key identifiers, critical basicConstraints and keyUsage, serverAuth on the leaf alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.pki.errors import CertificateError, Fault
from app.pki.keypair import KeyPair
from app.pki.keys import KeyAlgorithm, PrivateKey, new_key
from app.pki.subject_names import general_name, parse_name

BACKDATE = timedelta(hours=1)
"""How far not-before lies in the past: room for peers whose clock is behind."""

_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def subject(common_name: str, organization: str) -> x509.Name:
    """Return a name for a certificate; at most 64 characters each (RFC 5280, appendix A.1)."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def make_authority(
    subject_name: x509.Name,
    *,
    now: datetime,
    lifetime: timedelta,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA,
    permitted: Iterable[str] = (),
) -> KeyPair:
    """Make a self-signed CA that may sign leaves but no further CA.

    `now` is aware; the certificate ends `lifetime` after it. With `permitted` the CA can vouch for
    these DNS names (and names below them) and IP addresses only, so that trusting it risks no other
    site. Of the kind, DNS name or address, that is not among them any passes (RFC 5280, 4.2.1.10).
    """
    key = new_key(algorithm)
    builder = (
        _builder(subject_name, key, issuer=subject_name, begin=now - BACKDATE, end=now + lifetime)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    if subtrees := [_subtree(name) for name in permitted]:
        builder = builder.add_extension(
            x509.NameConstraints(permitted_subtrees=subtrees, excluded_subtrees=None), critical=True
        )
    return KeyPair(_sign(builder, key), key)


def issue_serving_leaf(  # noqa: PLR0913 - each is a field of the certificate
    authority: KeyPair,
    subject_name: x509.Name,
    *,
    names: Sequence[str],
    now: datetime,
    lifetime: timedelta,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA,
) -> KeyPair:
    """Issue a TLS server certificate for DNS names and IP addresses, with a new key.

    Raises CertificateError for a name that is neither, for no names at all, and for a leaf that
    would outlive its CA, since no client would accept it from then on.
    """
    end = now + lifetime
    if not names:
        raise CertificateError(
            Fault.NAME_INVALID,
            "a serving certificate without names is of use to no client",
            "give at least one DNS name or IP address",
        )
    if end > authority.certificate.not_valid_after_utc:
        raise CertificateError(
            Fault.EXPIRED,
            f"a leaf until {end:%Y-%m-%dT%H:%M:%SZ} would outlive its CA, which ends "
            f"{authority.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            "make a new CA first",
        )
    key = new_key(algorithm)
    # Only TLS 1.2's RSA key exchange enciphers with the certificate's key.
    enciphers = ["key_encipherment"] if algorithm is KeyAlgorithm.RSA else []
    issuer = authority.certificate.subject
    builder = (
        _builder(subject_name, key, issuer=issuer, begin=now - BACKDATE, end=end)
        .add_extension(_identifier_of(authority), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage("digital_signature", *enciphers), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(map(general_name, names))), critical=False)
    )
    return KeyPair(_sign(builder, authority.key), key)


def _key_usage(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in usages for usage in _KEY_USAGES})


def _subtree(name: str) -> x509.GeneralName:
    parsed = parse_name(name)
    if isinstance(parsed, IPv4Address | IPv6Address):
        return x509.IPAddress(ip_network(parsed))
    return x509.DNSName(parsed)


def _builder(
    subject_name: x509.Name, key: PrivateKey, *, issuer: x509.Name, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .subject_name(subject_name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _identifier_of(authority: KeyPair) -> x509.AuthorityKeyIdentifier:
    # The CA's own identifier, however it was derived: clients compare the two.
    try:
        found = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def _sign(builder: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest)
