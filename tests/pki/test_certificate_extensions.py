"""The X.509 extensions of what is issued (RFC 5280)."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.pki.authority import subject
from app.pki.keypair import KeyPair
from app.pki.keys import KeyAlgorithm
from tests.pki.issued import DAY, NOW, a_ca, a_leaf


def extensions(pair: KeyPair) -> dict[str, tuple[bool, x509.ExtensionType]]:
    return {
        type(extension.value).__name__: (extension.critical, extension.value)
        for extension in pair.certificate.extensions
    }


def usages(found: dict[str, tuple[bool, x509.ExtensionType]]) -> tuple[bool, set[str]]:
    critical, usage = found["KeyUsage"]
    assert isinstance(usage, x509.KeyUsage)
    readable = ["digital_signature", "content_commitment", "key_encipherment", "key_agreement"]
    readable += ["data_encipherment", "key_cert_sign", "crl_sign"]
    return critical, {name for name in readable if getattr(usage, name)}


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_the_ca_has_the_extensions_of_rfc_5280(algorithm: KeyAlgorithm) -> None:
    ca = a_ca(algorithm=algorithm)
    found = extensions(ca)

    assert found["BasicConstraints"] == (True, x509.BasicConstraints(ca=True, path_length=0))
    assert usages(found) == (True, {"key_cert_sign", "crl_sign"})
    assert found["SubjectKeyIdentifier"][0] is False
    assert found["AuthorityKeyIdentifier"][0] is False
    assert len(found) == 4


@pytest.mark.parametrize(
    ("algorithm", "used"),
    [
        (KeyAlgorithm.ECDSA, {"digital_signature"}),
        (KeyAlgorithm.RSA, {"digital_signature", "key_encipherment"}),
    ],
)
def test_the_leaf_has_the_extensions_of_rfc_5280(algorithm: KeyAlgorithm, used: set[str]) -> None:
    ca = a_ca()
    leaf = a_leaf(ca, algorithm=algorithm)
    found = extensions(leaf)
    _, identifier = found["AuthorityKeyIdentifier"]
    _, ca_identifier = extensions(ca)["SubjectKeyIdentifier"]
    assert isinstance(identifier, x509.AuthorityKeyIdentifier)
    assert isinstance(ca_identifier, x509.SubjectKeyIdentifier)

    assert found["BasicConstraints"] == (True, x509.BasicConstraints(ca=False, path_length=None))
    assert usages(found) == (True, used)
    server_auth = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    assert found["ExtendedKeyUsage"] == (False, server_auth)
    assert identifier.key_identifier == ca_identifier.digest
    assert found["SubjectKeyIdentifier"][0] is False
    assert found["SubjectAlternativeName"][0] is False
    assert len(found) == 6


@pytest.mark.parametrize("identifier", [b"\x2a" * 8, None], ids=["of its own making", "absent"])
def test_a_ca_from_elsewhere_with_a_key_identifier(identifier: bytes | None) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject("elsewhere", "elsewhere"))
        .issuer_name(subject("elsewhere", "elsewhere"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if identifier:
        builder = builder.add_extension(x509.SubjectKeyIdentifier(identifier), critical=False)
    ca = KeyPair(builder.sign(key, hashes.SHA256()), key)

    found = a_leaf(ca).certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)

    expected = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()).key_identifier
    assert found.value.key_identifier == (identifier or expected)
