"""Development certificates that were just made: who can use them, and for what."""

from __future__ import annotations

from datetime import UTC, datetime
from stat import S_IMODE
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from app.pki.authority import issue_serving_leaf, subject
from app.pki.bundle import verify
from app.pki.development import ensure_development_certificates
from app.pki.errors import CertificateError
from tests.pki.development_folder import ALL, MADE, NAMES, assert_serves, changed, contents
from tests.pki.issued import DAY, NOW, read_key_pair

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pki.conftest import Handshake


def test_an_empty_folder_gets_a_ca_and_a_leaf_with_closed_keys(tmp_path: Path) -> None:
    made = ensure_development_certificates(tmp_path / "certs", now=NOW)

    assert made.action is MADE
    modes = {path.name: S_IMODE(path.stat().st_mode) for path in (tmp_path / "certs").iterdir()}
    assert modes == {"ca.crt": 0o644, "ca.key": 0o600, "tls.crt": 0o644, "tls.key": 0o600}
    assert_serves(made, NOW)


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_ca_connects_to(
    tmp_path: Path, handshake: Handshake, name: str
) -> None:
    now = datetime.now(UTC)
    made = ensure_development_certificates(tmp_path / "certs", now=now)
    pair = read_key_pair(made.certificate, made.key, now=now)

    assert handshake(pair, made.ca_certificate.read_bytes(), name) == "TLSv1.3"


def test_the_ca_can_vouch_for_loopback_names_only(tmp_path: Path) -> None:
    made = ensure_development_certificates(tmp_path, now=NOW)
    ca = read_key_pair(made.ca_certificate, made.ca_key, now=NOW)
    forged = issue_serving_leaf(
        ca, subject("a bank", "a bank"), names=["bank.example"], now=NOW, lifetime=DAY
    )

    with pytest.raises(CertificateError):
        verify(forged, [ca.certificate], name="bank.example", now=NOW)


def test_subjects_of_ca_and_leaf_differ(tmp_path: Path) -> None:
    """Where they are the same OpenSSL takes the leaf for one that signed itself."""
    made = ensure_development_certificates(tmp_path, now=NOW)
    certificates = [
        x509.load_pem_x509_certificate(path.read_bytes())
        for path in (made.certificate, made.ca_certificate)
    ]

    assert certificates[0].subject != certificates[1].subject


def test_force_makes_everything_anew(tmp_path: Path) -> None:
    ensure_development_certificates(tmp_path, now=NOW)
    before = contents(tmp_path)

    forced = ensure_development_certificates(tmp_path, now=NOW, force=True)

    assert forced.action is MADE
    assert changed(before, contents(tmp_path)) == ALL
    assert_serves(forced, NOW)
