import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings, strategies as st

from app.pki import CertificateError, KeyPair, Reason
from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.bundle import verify
from app.pki.keys import KeyAlgorithm
from app.pki.names import covers

Handshake = Callable[[KeyPair, bytes, str], str | None]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ("localhost", "leasegate.default.svc", "127.0.0.1", "::1")
DAY = timedelta(days=1)


def a_ca(
    name: str = "a CA",
    *,
    now: datetime = NOW,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA,
    permitted: tuple[str, ...] = (),
) -> KeyPair:
    return make_authority(
        subject(name, "test"), now=now, lifetime=30 * DAY, algorithm=algorithm, permitted=permitted
    )


def a_leaf(
    ca: KeyPair,
    *names: str,
    now: datetime = NOW,
    lifetime: timedelta = DAY,
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA,
) -> KeyPair:
    return issue_serving_leaf(
        ca,
        subject("a server", "test"),
        names=names or NAMES,
        now=now,
        lifetime=lifetime,
        algorithm=algorithm,
    )


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
    assert refused.value.reason is Reason.UNTRUSTED


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


def extensions(pair: KeyPair) -> dict[str, tuple[bool, x509.ExtensionType]]:
    return {
        type(extension.value).__name__: (extension.critical, extension.value)
        for extension in pair.certificate.extensions
    }


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


def usages(found: dict[str, tuple[bool, x509.ExtensionType]]) -> tuple[bool, set[str]]:
    critical, usage = found["KeyUsage"]
    assert isinstance(usage, x509.KeyUsage)
    readable = ["digital_signature", "content_commitment", "key_encipherment", "key_agreement"]
    readable += ["data_encipherment", "key_cert_sign", "crl_sign"]
    return critical, {name for name in readable if getattr(usage, name)}


@pytest.mark.parametrize(
    ("algorithm", "kind", "bits"),
    [
        (KeyAlgorithm.ECDSA, ec.EllipticCurvePrivateKey, 256),
        (KeyAlgorithm.RSA, rsa.RSAPrivateKey, 3072),
    ],
)
def test_the_key_is_of_the_algorithm_asked_for(
    algorithm: KeyAlgorithm, kind: type, bits: int
) -> None:
    key = a_leaf(a_ca(), algorithm=algorithm).key

    assert isinstance(key, kind)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    assert key.key_size == bits


def test_validity_begins_an_hour_back_and_ends_after_the_lifetime() -> None:
    late = NOW + timedelta(microseconds=999_999)
    ca = a_ca(now=late)
    leaf = a_leaf(ca, now=late)

    for pair, lifetime in ((ca, 30 * DAY), (leaf, DAY)):
        assert pair.certificate.not_valid_before_utc == NOW - timedelta(hours=1)
        assert pair.certificate.not_valid_after_utc == NOW + lifetime


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    elsewhere = NOW.astimezone(datetime.fromisoformat("2026-03-01T00:00:00+05:45").tzinfo)

    assert a_ca(now=elsewhere).certificate.not_valid_after_utc == NOW + 30 * DAY


def test_serial_numbers_are_random_positive_and_of_at_most_20_octets() -> None:
    ca = a_ca()
    serials = {a_leaf(ca).certificate.serial_number for _ in range(50)}

    assert len(serials) == 50
    assert all(0 < serial < 2**159 for serial in serials)
    assert max(serials).bit_length() > 128


@pytest.mark.parametrize(
    ("names", "lifetime", "reason", "said"),
    [
        pytest.param((), DAY, Reason.NAME_INVALID, "without names", id="no names"),
        pytest.param(("a b",), DAY, Reason.NAME_INVALID, "'a b' is neither", id="no DNS name"),
        pytest.param(
            ("localhost",), 31 * DAY, Reason.EXPIRED, "would outlive its CA", id="a life too long"
        ),
    ],
)
def test_no_leaf_is_issued_for(
    names: tuple[str, ...], lifetime: timedelta, reason: Reason, said: str
) -> None:
    holder = subject("a server", "test")

    with pytest.raises(CertificateError, match=said) as refused:
        issue_serving_leaf(a_ca(), holder, names=names, now=NOW, lifetime=lifetime)
    assert refused.value.reason is reason


def test_a_leaf_may_end_in_the_same_second_as_its_ca() -> None:
    a_leaf(a_ca(), lifetime=30 * DAY)


def test_a_private_key_does_not_show_in_a_representation() -> None:
    pair = a_ca()
    secret = pair.key_pem.splitlines()[1].decode()

    assert secret not in repr(pair)
    assert "PRIVATE" not in repr(pair)


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
