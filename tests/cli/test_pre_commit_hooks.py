"""The hooks that others use through pre-commit are commands that there are."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner, Result

from app.cli.main import leasegate
from tests.check.manifests import manifest, stream

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 4
"""Among so many processes pre-commit splits files, unless a hook wants to be alone."""


@pytest.fixture
def hooks(root: Path) -> dict[str, dict[str, Any]]:
    found = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())
    return {hook["id"]: hook for hook in found}


def commit(hook: dict[str, Any], *changed: str, args: tuple[str, ...] = ()) -> list[Result]:
    """Run a hook as pre-commit does (its `xargs.py` and `lang_base.py`)."""
    program, *words = shlex.split(hook["entry"])
    assert program == leasegate.name
    names = changed if hook.get("pass_filenames", True) else ()
    number = 1 if hook.get("require_serial") else PROCESSES
    parts = [names[start::number] for start in range(number)] if names else [()]
    return [
        CliRunner().invoke(leasegate, [*words, *args, *part]) for part in parts if part or not names
    ]


def test_there_are_two_hooks_that_pre_commit_can_install(hooks: dict[str, dict[str, Any]]) -> None:
    assert list(hooks) == ["leasegate-check", "leasegate-fix"]
    for hook in hooks.values():
        assert {"name", "description", "language", "types_or"} <= hook.keys()


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make twelve candidates in as many files, of which the first and the last are in conflict."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    for number in range(12):
        lease = "controller" if number in {0, 11} else f"lease-{number}"
        strategy = "example.com/newest" if number == 11 else "OldestEmulationVersion"
        text = stream(manifest(f"instance-{number}", leaseName=lease, strategy=strategy))
        (tmp_path / "deploy" / f"{number:02}.yaml").write_text(text)
    return sorted(f"deploy/{path.name}" for path in (tmp_path / "deploy").iterdir())


@pytest.mark.parametrize("number", [12, 1], ids=["all files", "one file"])
@pytest.mark.parametrize("args", [(), ("deploy", "--strict", "--profile", "strict")])
def test_a_commit_is_told_of_conflicts_with_files_that_it_leaves_as_they_are(
    hooks: dict[str, dict[str, Any]], deploy: list[str], number: int, args: tuple[str, ...]
) -> None:
    (result,) = commit(hooks["leasegate-check"], *deploy[:number], args=args)
    assert result.stdout.count("leasegate rule strategy-conflict") == 2
    assert result.exit_code == (1 if args else 0)


def test_a_fix_writes_the_files_of_the_commit_alone(
    hooks: dict[str, dict[str, Any]], deploy: list[str], tmp_path: Path
) -> None:
    for name in deploy[:2]:
        (tmp_path / name).write_text(stream(manifest(binaryVersion="v1.33.0")))
    (result,) = commit(hooks["leasegate-fix"], deploy[0])
    assert result.exit_code == 0, result.output
    assert ["v1.33.0" in (tmp_path / name).read_text() for name in deploy[:2]] == [False, True]


def test_the_files_of_a_commit_are_judged_together(
    hooks: dict[str, dict[str, Any]], deploy: list[str]
) -> None:
    (result,) = commit(hooks["leasegate-fix"], *deploy)
    assert result.stdout.count("leasegate rule strategy-conflict") == 2
