"""The guide to a new rule, done as it is written, in a copy of the checkout: it ends green."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.conftest import ROOT
from tests.docs.blocks import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

RULES: Final = Path("app/leasecandidate/rules")
CASES: Final = Path("tests/leasecandidate/rules")
LISTING: Final = (
    "tests/leasecandidate",
    "tests/cel_policies",
    "tests/charts",
    "tests/configuration",
    "tests/cli/test_rules.py",
    "tests/docs/test_generated.py",
    "tests/suites/chart/test_values.py",
)
"""The tests that look at all rules there are."""


def run(copy: Path, *command: str) -> None:
    done = subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.fspath(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def add(file: Path, after: str, line: str) -> None:
    text = file.read_text()
    assert text.count(after) == 1
    file.write_text(text.replace(after, f"{after}{line}"))


def steps(copy: Path) -> None:
    """Do what the guide says."""
    guide = ROOT / "CONTRIBUTING.md"
    rules, cases = [block for block in blocks(guide, guide.name) if block.language == "python"]
    (copy / RULES / "capitals.py").write_text(f"{rules.text}\n")
    (copy / CASES / "capitals.py").write_text(f"{cases.text}\n")
    registry, table = copy / RULES / "registry.py", copy / CASES / "table.py"
    add(registry, "    *siblings.RULES,\n", "    *capitals.RULES,\n")
    add(registry, "from app.leasecandidate.rules import (\n", "    capitals,\n")
    add(table, "*siblings.CASES", ", *capitals.CASES")
    actions = copy / CASES.parent / "test_rule_actions.py"
    row = '    "lease-name-in-capitals": ("Warn", "Warn", "Deny"),\n'
    assert row.strip() in guide.read_text()
    add(actions, '    "strategy-takeover": ("Warn", "Warn", "Deny"),\n', row)
    add(copy / "tests/cel_policies/writes.py", '"é" * 126 + "a", "x" * 10_000', ', "WEB"')
    add(table, "from tests.leasecandidate.rules import ", "capitals, ")


def tracked() -> Sequence[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.timeout(3600)
def test_a_rule_that_is_added_as_the_guide_says_is_everywhere_at_once(tmp_path: Path) -> None:
    for name in tracked():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    steps(tmp_path)
    python = sys.executable
    program = "from app.__main__ import main; main()"
    page = subprocess.run(
        [python, "-c", program, "rules", "--output", "markdown"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.fspath(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    (tmp_path / "docs" / "rules.md").write_text(page.stdout)
    assert "lease-name-in-capitals" in page.stdout
    run(tmp_path, python, "-m", "charts.generator")
    run(tmp_path, python, "-m", "tests.docs.generated")
    run(tmp_path, python, "-m", "ruff", "check", os.fspath(RULES), os.fspath(CASES))
    run(tmp_path, python, "-m", "ruff", "format", "--check", os.fspath(RULES), os.fspath(CASES))
    run(tmp_path, python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *LISTING)
