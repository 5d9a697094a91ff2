"""Shells complete commands, flags, rules and profiles."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from app.cli.kubectl_complete import answer
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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["comp"], ["completion", ":4"], id="a command"),
        pytest.param(["rules", "strategy-conflict-"], ["strategy-conflict-lower", ":4"], id="rule"),
        pytest.param(["explain", "--with"], ["--without", ":4"], id="a flag"),
        pytest.param(["explain", "-f", ""], [":0"], id="a file"),
        pytest.param(["version", ""], [":4"], id="nothing"),
    ],
)
def test_what_kubectl_is_told(words: list[str], expected: list[str]) -> None:
    lines = answer(leasegate, words).split("\n")
    assert [line.partition("\t")[0] for line in lines] == expected


def test_kubectl_is_told_all_commands_and_what_they_do() -> None:
    lines = answer(leasegate, [""]).split("\n")
    assert all("\t" in line for line in lines[:-1])
    assert "explain" in [line.partition("\t")[0] for line in lines]
    assert answer(leasegate, []) == answer(leasegate, [""])


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
