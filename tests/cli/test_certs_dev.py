"""`leasegate certs dev`: what it makes, keeps and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from stat import S_IMODE
from typing import TYPE_CHECKING

from tests.cli.commands import run, write_pair
from tests.pki.issued import read_key_pair

if TYPE_CHECKING:
    from pathlib import Path


def test_certs_dev_makes_a_pair_that_it_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    made = run("certs", "dev", "--folder", str(folder))
    assert made.exit_code == 0
    assert "Made a CA" in made.output
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) >= {"ca.crt", "ca.key", "tls.crt", "tls.key"}
    assert S_IMODE((folder / "tls.key").stat().st_mode) == 0o600
    assert S_IMODE((folder / "ca.key").stat().st_mode) == 0o600

    kept = run("certs", "dev", "--folder", str(folder))
    assert kept.exit_code == 0
    assert "Kept" in kept.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    anew = run("certs", "dev", "--folder", str(folder), "--force")
    assert anew.exit_code == 0
    assert (folder / "ca.crt").read_bytes() != before["ca.crt"]


def test_certs_dev_takes_its_folder_from_the_environment(tmp_path: Path) -> None:
    result = run("certs", "dev", LEASEGATE_CERTIFICATES_FOLDER=str(tmp_path / "there"))
    assert result.exit_code == 0
    assert (tmp_path / "there" / "tls.crt").exists()


def test_a_folder_below_a_missing_one_is_one_clear_line(tmp_path: Path) -> None:
    result = run("certs", "dev", "--folder", str(tmp_path / "missing" / "certs"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "missing") in result.stderr


def test_a_file_in_place_of_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "certs").write_text("not a folder")
    result = run("certs", "dev", "--folder", str(tmp_path / "certs"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "certs") in result.stderr


def test_the_development_leaf_is_good_for_the_loopback_names(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path / "certs")
    read_key_pair(certificate, key, now=datetime.now(UTC), names=("localhost", "127.0.0.1", "::1"))
