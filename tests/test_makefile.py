"""An environment in .venv that cannot be used is made anew; a good one stays."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def environment(folder: Path, python: str, command: str | None) -> Path:
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(python)
    (programs / "python").chmod(0o755)
    if command is not None:
        (programs / "leasegate").write_text(command)
    return folder / ".venv"


@pytest.mark.parametrize(
    ("python", "command", "stays"),
    [
        pytest.param("#!/bin/sh\necho True\n", None, True, id="good, and half made"),
        pytest.param("#!/bin/sh\necho True\n", "#!{folder}/.venv/bin/python\n", True, id="good"),
        pytest.param("#!/bin/sh\necho False\n", None, False, id="of an old Python"),
        pytest.param("#!/no/such/interpreter\n", None, False, id="of a Python that is gone"),
        pytest.param("#!/bin/sh\necho True\n", "#!/old/.venv/bin/python\n", False, id="moved"),
    ],
)
def test_make_keeps_only_an_environment_that_works(
    tmp_path: Path, python: str, command: str | None, *, stays: bool
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    folder = environment(tmp_path, python, command and command.format(folder=tmp_path))
    done = subprocess.run(
        ["make", "help"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True
    )
    assert folder.exists() is stays
    assert ("made anew" in done.stdout) is not stays


def test_an_old_python_is_told_which_command_helps(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    old = tmp_path / "python3.9"
    old.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9); $2"\n'
    )
    old.chmod(0o755)
    done = subprocess.run(
        ["make", f"PYTHON={old}", ".venv/bin/python"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0
    assert "make PYTHON=" in done.stderr
