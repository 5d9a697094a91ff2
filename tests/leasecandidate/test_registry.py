"""What the registry says of each rule, and how a rule is found by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from app.leasecandidate.objectmeta import ObjectMeta
from app.leasecandidate.rules import RULES, Rule, RulesConfiguration, rule_named
from app.leasecandidate.rules.twin import BUILT_IN, NoTwin
from app.leasecandidate.spec import LeaseCandidateSpec
from tests.leasecandidate.rules.table import each_rule

if TYPE_CHECKING:
    from app.leasecandidate.wire import WireModel

PARTS: dict[str, type[WireModel]] = {"metadata": ObjectMeta, "spec": LeaseCandidateSpec}


@pytest.mark.parametrize("rule", each_rule(RULES))
def test_a_rule_says_what_it_is_about(rule: Rule) -> None:
    for text in (rule.title, rule.why, rule.source):
        assert text == text.strip()
        assert text
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.operations
    assert rule.built_in is (rule.twin is BUILT_IN)
    assert rule.built_in or rule.looks_at
    for path in rule.looks_at:
        part, _, name = path.partition(".")
        assert name in PARTS[part].model_fields
    if isinstance(rule.twin, NoTwin):
        assert rule.twin.reason
    assert rule_named(rule.id) is rule


def test_ids_are_unique_and_in_kebab_case() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz-") for name in ids)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("renew-time-in-the-future", "renew-time-in-future", id="a word too many"),
        pytest.param("renewTimeStale", "renew-time-stale", id="another spelling"),
        pytest.param("lease-name-immutabel", "lease-name-immutable", id="a slip of a finger"),
    ],
)
def test_an_unknown_rule_is_an_error_that_names_the_nearest_one(written: str, meant: str) -> None:
    sentence = f"there is no rule '{written}'; did you mean '{meant}'?"
    with pytest.raises(ValueError, match="did you mean") as caught:
        rule_named(written)
    assert str(caught.value) == sentence
    for configuration in (
        {"actions": {written: "Warn"}},
        {"exemptions": [{"reason": "x", "users": ["x"], "rules": [written]}]},
    ):
        with pytest.raises(ValidationError) as invalid:
            RulesConfiguration.model_validate(configuration)
        assert sentence in str(invalid.value)
