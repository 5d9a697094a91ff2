"""Who is exempted from which rule, and which exemptions are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.leasecandidate.rules import BUILT_IN_RULES, Requester, Rule, RulesConfiguration
from tests.leasecandidate.rules.case import candidate, create
from tests.leasecandidate.rules.outcome import actions, explain
from tests.leasecandidate.rules.table import FIRST_VIOLATION, each_rule


@pytest.mark.parametrize(
    ("exemption", "exempt"),
    [
        pytest.param({"namespaces": ["default"]}, True, id="its namespace"),
        pytest.param({"users": ["alice"]}, True, id="its user"),
        pytest.param({"groups": ["ops", "restore"]}, True, id="one of its groups"),
        pytest.param({"users": ["alice"], "namespaces": ["default"]}, True, id="all that is given"),
        pytest.param({"namespaces": ["other"]}, False, id="another namespace"),
        pytest.param({"users": ["bob"]}, False, id="another user"),
        pytest.param({"groups": ["ops"]}, False, id="another group"),
        pytest.param({"users": ["alice"], "groups": ["ops"]}, False, id="a part of what is given"),
        pytest.param({"users": ["bob"], "namespaces": ["default"]}, False, id="the other part"),
        pytest.param({"users": ["ALICE"]}, False, id="a name in upper case"),
    ],
)
@pytest.mark.parametrize("rule", each_rule())
def test_an_exemption_covers_a_write_by(
    rule: Rule, exemption: dict[str, list[str]], *, exempt: bool
) -> None:
    case = FIRST_VIOLATION[rule.id]
    namespace = case.write.candidate.metadata.namespace
    adapted = {
        key: [namespace if name == "default" else name for name in names]
        for key, names in exemption.items()
    }
    write = case.write._replace(requester=Requester("alice", frozenset({"restore", "staff"})))
    everything = {"profile": "builtin", "actions": {rule.id: "Deny"}}
    for rules in ([], [rule.id]):
        entry = adapted | {"reason": "restores old objects", "rules": rules}
        found = actions(write, rule.id, exemptions=[entry], **everything)
        assert found == (set() if exempt else {"Deny"})
        shown = explain(write, exemptions=[entry], **everything).get("exempted", "")
        assert shown == (f"{rule.id} (restores old objects)" if exempt else "")


def test_an_exemption_from_one_rule_is_none_from_another() -> None:
    write = create(candidate(leaseName="Web", renewTime=None))
    exemptions = [{"reason": "x", "users": ["alice"], "rules": ["renew-time-missing"]}]
    assert actions(write, "lease-name-not-dns", exemptions=exemptions) == {"Deny"}
    assert actions(write, "renew-time-missing", exemptions=exemptions) == set()


def test_an_exemption_from_all_rules_is_none_from_built_in_ones() -> None:
    exemptions = [{"reason": "ours", "users": ["alice"]}]
    found = actions(create(leaseName=""), "lease-name-required", exemptions=exemptions)
    assert found == {"Deny"}


@pytest.mark.parametrize("rule", each_rule(BUILT_IN_RULES))
def test_nobody_can_be_exempted_from_a_built_in_rule(rule: Rule) -> None:
    exemption = {"reason": "ours", "rules": [rule.id], "users": ["alice"]}
    with pytest.raises(ValidationError, match=f"exempted from the built-in rule {rule.id}"):
        RulesConfiguration.model_validate({"exemptions": [exemption]})


@pytest.mark.parametrize(
    ("exemption", "problem"),
    [
        pytest.param({"reason": "x"}, "must name namespaces, users or groups", id="for everybody"),
        pytest.param({"reason": "x", "rules": ["version-gap"]}, "must name", id="for everything"),
        pytest.param({"users": ["alice"]}, "reason", id="without a reason"),
        pytest.param({"reason": "", "users": ["alice"]}, "reason", id="with an empty reason"),
        pytest.param({"reason": "x", "user": ["alice"]}, "user", id="with an unknown key"),
    ],
)
def test_an_exemption_is_refused_that_is(exemption: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        RulesConfiguration.model_validate({"exemptions": [exemption]})
