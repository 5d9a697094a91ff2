"""The rules in words say what the registry says, and the page in docs/ is up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.leasecandidate.rules import (
    ADDED_RULES,
    BUILT_IN_RULES,
    RULES,
    Action,
    Profile,
    Rule,
    RulesConfiguration,
    RuleSettings,
)
from app.leasecandidate.rules.documentation import entry, in_full, page, table
from app.leasecandidate.rules.twin import NoTwin, Twin

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "\n".join(page()) + "\n"
EACH_RULE = [pytest.param(rule, id=rule.id) for rule in RULES]


def test_the_page_in_the_documentation_is_the_one_that_make_docs_writes(root: Path) -> None:
    assert (root / "docs" / "rules.md").read_text("utf-8") == PAGE, "run `make docs`"


def test_the_page_says_first_that_it_is_made() -> None:
    assert PAGE.startswith("<!-- Made by `make docs`")


@pytest.mark.parametrize("rule", EACH_RULE)
def test_an_entry_says_what_the_registry_says(rule: Rule) -> None:
    told = entry(rule, RulesConfiguration()).to_json()
    assert (told["id"], told["title"], told["why"]) == (rule.id, rule.title, rule.why)
    assert (told["source"], told["builtIn"]) == (rule.source, rule.built_in)
    assert told["operations"] == list(rule.operations)
    actions = {
        profile.value: RulesConfiguration(profile=profile).action(rule).value for profile in Profile
    }
    assert told["actions"] == actions
    assert told["action"] == actions["recommended"]
    match rule.twin:
        case Twin():
            twin = told["twin"]
            assert isinstance(twin, dict)
            assert twin["expression"] == rule.twin.expression(RuleSettings())
            assert told["noTwin"] is None
        case NoTwin(reason):
            assert (told["twin"], told["noTwin"]) == (None, reason)


def test_an_entry_follows_the_configuration() -> None:
    rule = next(rule for rule in ADDED_RULES if rule.id == "version-too-long")
    configuration = RulesConfiguration(
        actions={rule.id: Action.AUDIT}, settings=RuleSettings(max_version_length=7)
    )
    shown = entry(rule, configuration)
    assert shown.action == "Audit"
    assert shown.actions["recommended"] == "Deny"
    assert "<= 7" in shown.cel


@pytest.mark.parametrize("profile", Profile)
def test_the_table_has_a_line_for_each_rule(profile: Profile) -> None:
    head, *lines = table(RulesConfiguration(profile=profile))
    assert head.split() == ["RULE", "ACTION", "OPERATIONS", "TITLE"]
    assert len(lines) == len(RULES)
    for line, rule in zip(lines, RULES, strict=True):
        action = RulesConfiguration(profile=profile).action(rule).value
        assert line.split()[:2] == [rule.id, "built-in" if rule.built_in else action]
        assert line.endswith(f"  {rule.title}")


@pytest.mark.parametrize("rule", EACH_RULE)
def test_a_rule_in_full_says_everything(rule: Rule) -> None:
    text = "\n".join(in_full(entry(rule, RulesConfiguration())))
    assert text.startswith(f"{rule.id}: {rule.title}\n\nWhy         {rule.why}\n")
    assert f"\nSource      {rule.source}\n" in text
    match rule.twin:
        case Twin():
            assert f"\nCEL twin    {rule.twin.expression(RuleSettings())}\n" in text
            assert f"else: {rule.twin.message}" in text
            assert (rule.twin.exceptions in text) or not rule.twin.exceptions
        case NoTwin(reason):
            assert text.endswith(f"\nCEL twin    none: {reason}")
    assert ("Needs       the time" in text) is rule.needs_clock
    assert ("the other candidates" in text) is rule.needs_siblings


def test_the_page_has_a_section_for_each_added_rule_and_a_row_for_each_built_in_one() -> None:
    for rule in ADDED_RULES:
        assert f"\n### {rule.id}\n" in PAGE
        assert f"\n| [{rule.id}](#{rule.id}) | " in PAGE
    for rule in BUILT_IN_RULES:
        assert f"\n| {rule.id} | {rule.title} | {rule.why} | " in PAGE
    for info in RuleSettings.model_fields.values():
        assert f"\n| {info.alias} | " in PAGE
        assert f" | {info.description} |\n" in PAGE
