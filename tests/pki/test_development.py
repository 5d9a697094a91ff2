from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

from app.pki import DevelopmentAction, ensure_development_certificates, read_key_pair

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_empty_folder_gets_a_ca_and_a_leaf_with_closed_keys(tmp_path: Path) -> None:
    made = ensure_development_certificates(tmp_path / "certs", now=NOW)

    assert made.action is DevelopmentAction.MADE
    assert {path.name: S_IMODE(path.stat().st_mode) for path in (tmp_path / "certs").iterdir()} == {
        "ca.crt": 0o644,
        "ca.key": 0o600,
        "tls.crt": 0o644,
        "tls.key": 0o600,
    }
    read_key_pair(made.certificate, made.key, now=NOW, names=("localhost", "127.0.0.1", "::1"))


def test_a_second_call_keeps_every_byte(tmp_path: Path) -> None:
    first = ensure_development_certificates(tmp_path, now=NOW)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    second = ensure_development_certificates(tmp_path, now=NOW + timedelta(days=59))

    assert second.action is DevelopmentAction.KEPT
    assert first.ca_certificate == second.ca_certificate
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_ending_leaf_is_issued_again_by_the_same_ca(tmp_path: Path) -> None:
    made = ensure_development_certificates(tmp_path, now=NOW)
    ca = made.ca_certificate.read_bytes()
    later = NOW + timedelta(days=61)

    renewed = ensure_development_certificates(tmp_path, now=later)

    assert renewed.action is DevelopmentAction.RENEWED
    assert renewed.ca_certificate.read_bytes() == ca
    read_key_pair(renewed.certificate, renewed.key, now=later + timedelta(days=89))
