"""Shells complete commands, flags, rules and profiles."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from app.cli.main import leasegate

if TYPE_CHECKING:
    from pathlib import Path


def completed(arguments: list[str], begun: str) -> list[str]:
    made = ShellComplete(leasegate, {}, "leasegate", "_LEASEGATE_COMPLETE")
    return [found.value for found in made.get_completions(arguments, begun)]


@pytest.mark.parametrize(
    ("arguments", "begun", "expected"),
    [
        pytest.param([], "comp", ["completion"], id="a command"),
        pytest.param(["rules"], "strategy-conflict-", ["strategy-conflict-lower"], id="a rule"),
        pytest.param(["rules", "--profile"], "st", ["strict"], id="a profile"),
        pytest.param(["serve", "--key-algorithm"], "", ["ecdsa", "rsa"], id="a word"),
        pytest.param(["completion"], "", ["bash", "zsh", "fish"], id="a shell"),
    ],
)
def test_what_completes(arguments: list[str], begun: str, expected: list[str]) -> None:
    assert completed(arguments, begun) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    result = CliRunner().invoke(leasegate, ["completion", shell], prog_name="leasegate")
    assert result.exit_code == 0
    assert "_LEASEGATE_COMPLETE" in result.stdout


def test_bash_takes_its_script(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = CliRunner().invoke(leasegate, ["completion", "bash"], prog_name="leasegate").stdout
    path = tmp_path / "completion"
    path.write_text(script)
    done = subprocess.run([bash, "-n", path], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
