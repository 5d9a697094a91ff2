"""`verify` accepts just what a strict TLS client accepts."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings, strategies as st

from app.pki.bundle import verify
from app.pki.errors import CertificateError, Fault
from app.pki.keypair import KeyPair
from app.pki.keys import KeyAlgorithm
from app.pki.subject_names import covers
from tests.pki.issued import DAY, NAMES, NOW, a_ca, a_leaf

if TYPE_CHECKING:
    from tests.pki.conftest import Handshake


def altered(
    pair: KeyPair,
    *,
    issuer: KeyPair,
    replaced: x509.ExtensionType | None = None,
    without: type[x509.ExtensionType] | None = None,
) -> KeyPair:
    """Sign a certificate again, one extension replaced or left out."""
    found = pair.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(found.subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(pair.key.public_key())
        .serial_number(found.serial_number)
        .not_valid_before(found.not_valid_before_utc)
        .not_valid_after(found.not_valid_after_utc)
    )
    for extension in found.extensions:
        if without is None or not isinstance(extension.value, without):
            same_kind = replaced is not None and extension.oid == replaced.oid
            value = replaced if same_kind and replaced is not None else extension.value
            builder = builder.add_extension(value, critical=extension.critical)
    return KeyPair(builder.sign(issuer.key, hashes.SHA256()), pair.key)


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
@pytest.mark.parametrize("name", NAMES)
def test_a_strict_client_accepts_the_leaf(
    handshake: Handshake, name: str, algorithm: KeyAlgorithm
) -> None:
    now = datetime.now(UTC)
    ca = a_ca(now=now, algorithm=algorithm, permitted=NAMES)
    leaf = a_leaf(ca, now=now, algorithm=algorithm)

    assert handshake(leaf, ca.certificate_pem, name) == "TLSv1.3"
    verify(leaf, [ca.certificate], name=name, now=now)


def test_a_strict_client_is_one_that_refuses_a_leaf_without_authority_key_identifier(
    handshake: Handshake,
) -> None:
    now = datetime.now(UTC)
    ca = a_ca(now=now)
    leaf = altered(a_leaf(ca, now=now), issuer=ca, without=x509.AuthorityKeyIdentifier)

    with pytest.raises(ssl.SSLCertVerificationError, match="Authority Key Identifier"):
        handshake(leaf, ca.certificate_pem, "localhost")


def test_intermediate_certificates_lead_to_the_bundle(handshake: Handshake) -> None:
    now = datetime.now(UTC)
    ca = a_ca("root", now=now)
    free = x509.BasicConstraints(ca=True, path_length=None)
    root = altered(ca, issuer=ca, replaced=free)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
    between = altered(a_ca("intermediate", now=now), issuer=root, replaced=identifier)
    alone = a_leaf(between, now=now)
    chain = KeyPair(alone.certificate, alone.key, (between.certificate,))

    assert handshake(chain, root.certificate_pem, "localhost")
    verify(chain, [root.certificate], name="localhost", now=now)
    with pytest.raises(CertificateError):
        verify(alone, [root.certificate], name="localhost", now=now)


@pytest.mark.parametrize(
    ("made_at", "other_ca", "name", "said"),
    [
        pytest.param(0 * DAY, False, "example.org", "mismatch", id="a name it does not have"),
        pytest.param(0 * DAY, False, "127.0.0.2", "mismatch", id="an address it does not have"),
        pytest.param(0 * DAY, True, "localhost", "verify failed", id="another CA"),
        pytest.param(-2 * DAY, False, "localhost", "expired", id="a leaf that has ended"),
        pytest.param(2 * DAY, False, "localhost", "not yet valid", id="a leaf of the future"),
    ],
)
def test_a_client_refuses_the_leaf_for(
    handshake: Handshake, *, made_at: timedelta, other_ca: bool, name: str, said: str
) -> None:
    now = datetime.now(UTC)
    ca = a_ca(now=now - 3 * DAY)
    leaf = a_leaf(ca, now=now + made_at)
    trusted = a_ca("another CA", now=now) if other_ca else ca

    with pytest.raises(ssl.SSLCertVerificationError, match=said):
        handshake(leaf, trusted.certificate_pem, name)
    with pytest.raises(CertificateError) as refused:
        verify(leaf, [trusted.certificate], name=name, now=now)
    assert refused.value.reason is Fault.UNTRUSTED


@pytest.mark.parametrize("name", ["example.org", "127.0.0.2", "leasegate.other.svc"])
def test_a_constrained_ca_cannot_vouch_for_another_name(handshake: Handshake, name: str) -> None:
    now = datetime.now(UTC)
    ca = a_ca(now=now, permitted=NAMES)
    leaf = a_leaf(ca, name, now=now)

    found = ca.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical  # RFC 5280, 4.2.1.10
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(leaf, ca.certificate_pem, name)
    with pytest.raises(CertificateError):
        verify(leaf, [ca.certificate], name=name, now=now)


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_bundle_of_two_cas_of_the_same_name_verifies_the_leaves_of_both(
    handshake: Handshake, *, newest_first: bool
) -> None:
    now = datetime.now(UTC)
    old, new = a_ca(now=now), a_ca(now=now)
    bundle = [new, old] if newest_first else [old, new]

    for ca in bundle:
        leaf = a_leaf(ca, now=now)
        trusted = b"".join(one.certificate_pem for one in bundle)
        assert handshake(leaf, trusted, "localhost")
        verify(leaf, [one.certificate for one in bundle], name="localhost", now=now)


@pytest.mark.parametrize(
    ("size", "name"), [(0, "localhost"), (1, "*.example.org")], ids=["no CA", "a wildcard"]
)
def test_there_is_nothing_to_verify_with(size: int, name: str) -> None:
    ca = a_ca()

    with pytest.raises(CertificateError, match="nothing to verify"):
        verify(a_leaf(ca), [ca.certificate][:size], name=name, now=NOW)


LABELS = st.sampled_from(["a", "b", "svc", "xn--bcher-kva", "A", "0-0"])
DNS_NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "test"]))
ADDRESSES = st.ip_addresses().map(str)


@settings(deadline=None)
@given(
    held=st.lists(DNS_NAMES | ADDRESSES | DNS_NAMES.map("*.{}".format), min_size=1, max_size=4),
    wanted=DNS_NAMES | ADDRESSES,
)
def test_what_the_certificate_covers_is_what_a_client_accepts(held: list[str], wanted: str) -> None:
    ca = a_ca()
    leaf = a_leaf(ca, *held)

    try:
        verify(leaf, [ca.certificate], name=wanted, now=NOW)
    except CertificateError:
        accepted = False
    else:
        accepted = True

    assert covers(leaf.certificate, wanted) is accepted
    assert all(covers(leaf.certificate, name) for name in held)
