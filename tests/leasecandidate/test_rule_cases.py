"""Every added rule finds what its cases say, and its cases can tell it from another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.leasecandidate.rules import RULES, Profile, Rule, RulesConfiguration, Ruleset, Write
from tests.leasecandidate.rules.case import NOW, RuleCase, at, candidate, update
from tests.leasecandidate.rules.table import CASES, FIRST_VIOLATION, VIOLATIONS, cases, each_rule


@pytest.mark.parametrize("case", cases(CASES))
def test_a_rule_finds_just_what_it_should(case: RuleCase) -> None:
    found = [str(violation.error) for violation in case.found().violations]
    assert case.holds(), found


@pytest.mark.parametrize("rule", each_rule())
def test_every_rule_has_a_case_in_which_it_finds_nothing_for_each_operation(rule: Rule) -> None:
    operations = {
        case.write.operation for case in CASES if case.rule == rule.id and not case.fields
    }
    assert operations >= set(rule.operations)


@pytest.mark.parametrize("rule", each_rule())
def test_a_rule_that_is_turned_around_fails_its_own_cases(rule: Rule) -> None:
    def turned(write: Write) -> Any:  # noqa: ANN401
        return () if list(rule.check(write)) else FIRST_VIOLATION[rule.id].found().violations

    changed = tuple(replace(rule, check=turned) if each is rule else each for each in RULES)
    own = [case for case in CASES if case.rule == rule.id]
    assert all(case.holds() for case in own)
    assert not all(case.holds(changed) for case in own)


@pytest.mark.parametrize("case", cases(VIOLATIONS))
def test_a_stored_defect_that_an_update_leaves_as_it_is_is_not_found(case: RuleCase) -> None:
    stored = replace(case, write=case.write._replace(old=case.write.candidate), fields=(), says="")
    assert stored.holds()


def test_no_rule_denies_a_heartbeat_of_a_good_candidate() -> None:
    write = update(candidate(renewTime=at(minutes=-5)), candidate(renewTime=str(NOW)))
    strict = Ruleset(RulesConfiguration(profile=Profile.STRICT))
    assert strict.evaluate(write).violations == ()
