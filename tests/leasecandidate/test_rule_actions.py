"""What follows from a violation: by profile, for a single rule, for the server itself."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.leasecandidate.rules import (
    ADDED_RULES,
    BUILT_IN_RULES,
    Action,
    Profile,
    Rule,
    RulesConfiguration,
)
from tests.leasecandidate.rules.case import SERVER, RuleCase
from tests.leasecandidate.rules.outcome import actions
from tests.leasecandidate.rules.table import CASES, FIRST_VIOLATION, VIOLATIONS, cases, each_rule

ACTIONS = {
    # rule: observe, recommended, strict
    "lease-name-not-dns": ("Warn", "Deny", "Deny"),
    "reserved-target": ("Warn", "Deny", "Deny"),
    "reserved-strategy-prefix": ("Warn", "Warn", "Deny"),
    "finalizer-on-candidate": ("Warn", "Warn", "Deny"),
    "renew-time-removed": ("Warn", "Deny", "Deny"),
    "renew-time-in-future": ("Warn", "Deny", "Deny"),
    "ping-time-in-future": ("Warn", "Deny", "Deny"),
    "ping-time-not-from-server": ("Warn", "Warn", "Deny"),
    "renew-time-backwards": ("Warn", "Warn", "Warn"),
    "renew-time-missing": ("Warn", "Warn", "Deny"),
    "renew-time-stale": ("Warn", "Warn", "Deny"),
    "version-too-long": ("Warn", "Deny", "Deny"),
    "version-changed": ("Warn", "Warn", "Warn"),
    "version-gap": ("Warn", "Warn", "Deny"),
    "version-not-final": ("Off", "Off", "Warn"),
    "strategy-conflict": ("Warn", "Warn", "Deny"),
    "strategy-conflict-lower": ("Warn", "Warn", "Warn"),
    "strategy-takeover": ("Warn", "Warn", "Deny"),
}


def test_every_added_rule_stands_in_both_tables() -> None:
    assert {case.rule for case in CASES} == {rule.id for rule in ADDED_RULES}
    assert set(FIRST_VIOLATION) == {rule.id for rule in ADDED_RULES}
    assert list(ACTIONS) == [rule.id for rule in ADDED_RULES]


@pytest.mark.parametrize("rule", each_rule())
@pytest.mark.parametrize("profile", Profile)
def test_a_violation_has_the_action_of_the_profile(rule: Rule, profile: Profile) -> None:
    observe, recommended, strict = ACTIONS[rule.id]
    expected = {
        Profile.BUILTIN: "Off",
        Profile.OBSERVE: observe,
        Profile.RECOMMENDED: recommended,
        Profile.STRICT: strict,
    }[profile]
    case = FIRST_VIOLATION[rule.id]
    assert RulesConfiguration(profile=profile).action(rule).value == expected
    assert actions(case.write, rule.id, profile=profile) == {expected} - {"Off"}


@pytest.mark.parametrize("rule", each_rule())
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("action", Action)
def test_the_action_of_a_single_rule_wins_over_the_profile(
    rule: Rule, profile: Profile, action: Action
) -> None:
    case = FIRST_VIOLATION[rule.id]
    found = actions(case.write, rule.id, profile=profile, actions={rule.id: action})
    assert found == {action.value} - {"Off"}


@pytest.mark.parametrize("case", cases(VIOLATIONS))
def test_the_server_itself_is_never_denied(case: RuleCase) -> None:
    write = case.write._replace(requester=SERVER)
    everything = dict.fromkeys(ACTIONS, "Deny")
    assert "Deny" not in actions(write, case.rule, profile="strict", actions=everything)
    assert {"Audit"} >= actions(write, case.rule, actions={case.rule: "Audit"})


@pytest.mark.parametrize("rule", each_rule(BUILT_IN_RULES))
@pytest.mark.parametrize("profile", Profile)
def test_a_built_in_rule_denies_in_every_profile(rule: Rule, profile: Profile) -> None:
    assert RulesConfiguration(profile=profile).action(rule) is Action.DENY


@pytest.mark.parametrize("rule", each_rule(BUILT_IN_RULES))
@pytest.mark.parametrize("action", Action)
def test_a_built_in_rule_cannot_be_given_an_action(rule: Rule, action: Action) -> None:
    with pytest.raises(ValidationError, match=f"built-in rule {rule.id} cannot be given an action"):
        RulesConfiguration(actions={rule.id: action})
