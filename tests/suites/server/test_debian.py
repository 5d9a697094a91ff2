"""Where programs of Debian packages come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.suites.server.debian import PackageError, programs

if TYPE_CHECKING:
    from pathlib import Path


def test_programs_that_are_installed_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    cache = tmp_path / "cache"
    assert programs("none", ["one", "two"], cache) == {
        "one": tmp_path / "one",
        "two": tmp_path / "two",
    }
    assert not cache.exists()


def test_without_apt_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackageError, match="install its programs, so that they are on PATH"):
        programs("prometheus", ["promtool"], tmp_path / "cache")
    [left] = (tmp_path / "cache" / "debian").glob("*/*")
    assert left.name == "lock"
