"""`leasegate rules`: a table, one rule in full, JSON, and the page of the documentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from app.cli.main import leasegate
from app.leasecandidate.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(leasegate, ["rules", *arguments])


def test_all_rules_are_listed() -> None:
    result = run()
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == [
        rule.id for rule in RULES
    ]


@pytest.mark.parametrize(
    ("flags", "action"),
    [
        ([], "Warn"),
        (["--profile", "strict"], "Deny"),
        (["--profile", "builtin"], "Off"),
    ],
)
def test_the_profile_decides_on_the_actions(flags: list[str], action: str) -> None:
    lines = run(*flags).stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("version-gap ")]
    assert line.split()[1] == action
    assert f"Action      {action}" in run("version-gap", *flags).stdout


def test_one_rule_is_told_in_full() -> None:
    assert run("renew-time-stale").stdout.splitlines() == [
        "renew-time-stale: A new candidate should not have expired already",
        "",
        "Why         It takes part in no election and is deleted within the hour.",
        "Source      kubernetes pkg/controlplane/controller/leaderelection",
        "Operations  CREATE",
        "Fields      spec.renewTime",
        "Needs       the time",
        "Action      Warn",
        "Profiles    builtin Off, observe Warn, recommended Warn, strict Deny",
        "CEL twin    none: CEL has no clock",
    ]


def test_rules_are_told_as_json() -> None:
    told = json.loads(run("--output", "json").stdout)
    assert [each["id"] for each in told] == [rule.id for rule in RULES]
    one = json.loads(run("version-gap", "--output", "json").stdout)
    assert one in told


def test_the_page_of_the_documentation_is_printed(root: Path) -> None:
    page = run("--output", "markdown", "--profile", "strict").stdout
    assert page == (root / "docs" / "rules.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["renew-time-stael"], "there is no rule 'renew-time-stael'; did you mean 'renew-time-st"),
        (["version-gap", "--output", "markdown"], "leave ID out"),
        (["--profile", "lax"], "'lax' is not one of"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert words in result.stderr
    assert (result.exit_code, result.stdout) == (2, "")
