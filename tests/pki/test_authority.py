"""Issuing: keys, validity and serial numbers, and what is not issued."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.pki.authority import issue_serving_leaf, subject
from app.pki.errors import CertificateError, Fault
from app.pki.keys import KeyAlgorithm
from tests.pki.issued import DAY, NOW, a_ca, a_leaf


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
        pytest.param((), DAY, Fault.NAME_INVALID, "without names", id="no names"),
        pytest.param(("a b",), DAY, Fault.NAME_INVALID, "'a b' is neither", id="no DNS name"),
        pytest.param(
            ("localhost",), 31 * DAY, Fault.EXPIRED, "would outlive its CA", id="a life too long"
        ),
    ],
)
def test_no_leaf_is_issued_for(
    names: tuple[str, ...], lifetime: timedelta, reason: Fault, said: str
) -> None:
    server_name = subject("a server", "test")

    with pytest.raises(CertificateError, match=said) as refused:
        issue_serving_leaf(a_ca(), server_name, names=names, now=NOW, lifetime=lifetime)
    assert refused.value.reason is reason


def test_a_leaf_may_end_in_the_same_second_as_its_ca() -> None:
    a_leaf(a_ca(), lifetime=30 * DAY)


def test_a_private_key_does_not_show_in_a_representation() -> None:
    pair = a_ca()
    secret = pair.key_pem.splitlines()[1].decode()

    assert secret not in repr(pair)
    assert "PRIVATE" not in repr(pair)
