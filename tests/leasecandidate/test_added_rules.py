"""Every added rule: what it finds, when it lets go, and what follows in each profile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from app.admission.warnings import LENGTH, tidy
from app.leasecandidate.objectmeta import ObjectMeta
from app.leasecandidate.rules import (
    ADDED_RULES,
    BUILT_IN_RULES,
    RULES,
    Action,
    Profile,
    Requester,
    Rule,
    RulesConfiguration,
    Ruleset,
    Write,
    rule_named,
)
from app.leasecandidate.rules.twin import BUILT_IN, NoTwin
from app.leasecandidate.spec import LeaseCandidateSpec
from app.webhooks.validating import verdict_of
from tests.leasecandidate.rules.case import (
    NOW,
    SERVER,
    RuleCase,
    at,
    candidate,
    create,
    update,
)
from tests.leasecandidate.rules.siblings import sibling
from tests.leasecandidate.rules.table import CASES

if TYPE_CHECKING:
    from app.leasecandidate.model import WireModel

VIOLATIONS = [case for case in CASES if case.fields]
FIRST_VIOLATION = {case.rule: case for case in reversed(VIOLATIONS)}

PARTS: dict[str, type[WireModel]] = {"metadata": ObjectMeta, "spec": LeaseCandidateSpec}

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
}


def cases(selected: list[RuleCase]) -> list[Any]:
    return [pytest.param(case, id=f"{case.rule}: {case.sentence}") for case in selected]


def each_rule(rules: tuple[Rule, ...] = ADDED_RULES) -> list[Any]:
    return [pytest.param(rule, id=rule.id) for rule in rules]


def actions(
    write: Write,
    rule: str,
    **configuration: Any,  # noqa: ANN401
) -> set[str]:
    """Return the actions that follow from what one rule finds."""
    ruleset = Ruleset(RulesConfiguration.model_validate(configuration))
    evaluation = ruleset.evaluate(write)
    return {found.action.value for found in evaluation.violations if found.rule.id == rule}


def explain(write: Write, **configuration: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the audit annotations of a write."""
    ruleset = Ruleset(RulesConfiguration.model_validate(configuration))
    return dict(verdict_of(write.candidate, ruleset.evaluate(write)).audit_annotations)


@pytest.mark.parametrize("case", cases(CASES))
def test_a_rule_finds_just_what_it_should(case: RuleCase) -> None:
    found = [str(violation.error) for violation in case.found().violations]
    assert case.holds(), found


def test_every_added_rule_stands_in_both_tables() -> None:
    assert {case.rule for case in CASES} == {rule.id for rule in ADDED_RULES}
    assert set(FIRST_VIOLATION) == {rule.id for rule in ADDED_RULES}
    assert list(ACTIONS) == [rule.id for rule in ADDED_RULES]


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


@pytest.mark.parametrize("case", cases(VIOLATIONS))
def test_the_server_itself_is_never_denied(case: RuleCase) -> None:
    write = case.write._replace(requester=SERVER)
    everything = dict.fromkeys(ACTIONS, "Deny")
    assert "Deny" not in actions(write, case.rule, profile="strict", actions=everything)
    assert {"Audit"} >= actions(write, case.rule, actions={case.rule: "Audit"})


@pytest.mark.parametrize("case", cases(VIOLATIONS))
@pytest.mark.parametrize("action", ["Deny", "Warn", "Audit"])
def test_a_violation_says_which_rule_it_is_whatever_follows(case: RuleCase, action: str) -> None:
    configuration = {
        "profile": "builtin",
        "actions": {case.rule: action},
        "settings": case.write.settings,
    }
    evaluation = Ruleset(RulesConfiguration.model_validate(configuration)).evaluate(case.write)
    verdict = verdict_of(case.write.candidate, evaluation)
    annotations = dict(verdict.audit_annotations)
    assert f"{case.rule}={action}" in annotations["violations"].split(",")
    assert annotations["decision"] == ("denied" if action == "Deny" else "allowed")
    said = {
        "Deny": [cause.message for cause in getattr(verdict, "causes", ())],
        "Warn": tidy(verdict.warnings),
        "Audit": [f"(leasegate rule {case.rule})"] * len(case.fields),
    }[action]
    ours = [text for text in said if text.endswith(f"(leasegate rule {case.rule})")]
    assert len(ours) == len(case.fields)


_LONG = "x" * 5000
_MANY = "a" * 253
_TOO_LONG_TO_SHOW = {
    "lease-name-not-dns": create(leaseName=_LONG.upper()),
    "reserved-target": create(candidate(namespace="kube-node-lease", leaseName=_LONG)),
    "reserved-strategy-prefix": create(strategy=f"{_LONG}.k8s.io/x"),
    "finalizer-on-candidate": create(candidate(finalizers=[f"example.com/{_LONG}"])),
    "renew-time-removed": update(candidate(), candidate(renewTime=None)),
    "renew-time-in-future": create(renewTime="9999-12-31T23:59:59.999999-24:60"),
    "ping-time-in-future": create(pingTime="9999-12-31T23:59:59.999999-24:60"),
    "ping-time-not-from-server": create(pingTime=at()),
    "renew-time-backwards": update(candidate(), candidate(renewTime=at(days=-1))),
    "renew-time-missing": create(renewTime=None),
    "renew-time-stale": create(renewTime="0000-01-01T00:00:00.000000+24:60"),
    "version-too-long": create(binaryVersion=f"1.0.0-{_LONG}", emulationVersion="1.0.0"),
    "version-changed": update(candidate(), candidate(binaryVersion=f"1.40.0-{_LONG}")),
    "version-gap": create(binaryVersion="1.99.0", emulationVersion=f"1.1.0-{_LONG}"),
    "version-not-final": create(binaryVersion=f"1.33.0+{_LONG}"),
    "strategy-conflict": create(
        strategy=f"{_LONG}/x", siblings=(sibling(strategy=f"{_LONG}/y", count=10**9),)
    ),
    "strategy-conflict-lower": create(
        strategy=f"{_LONG}/x",
        siblings=(sibling("2.0.0"), sibling(strategy=f"{_LONG}/y", count=10**9)),
    ),
}


@pytest.mark.parametrize("rule", each_rule())
def test_a_warning_names_its_rule_however_long_the_value_is(rule: Rule) -> None:
    configuration = RulesConfiguration(profile=Profile.BUILTIN, actions={rule.id: Action.WARN})
    write = _TOO_LONG_TO_SHOW[rule.id]
    evaluation = Ruleset(configuration).evaluate(write)
    ours = [
        f"{found.error.field}: {found.message}"
        for found in evaluation.violations
        if found.rule.id == rule.id
    ]
    assert ours
    assert all(len(text) <= LENGTH for text in ours), ours
    assert all(text.endswith(f"(leasegate rule {rule.id})") for text in tidy(ours))


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


@pytest.mark.parametrize("rule", each_rule(BUILT_IN_RULES))
@pytest.mark.parametrize("profile", Profile)
def test_a_built_in_rule_denies_in_every_profile(rule: Rule, profile: Profile) -> None:
    assert RulesConfiguration(profile=profile).action(rule) is Action.DENY


@pytest.mark.parametrize("rule", each_rule(BUILT_IN_RULES))
@pytest.mark.parametrize("action", Action)
def test_a_built_in_rule_cannot_be_given_an_action(rule: Rule, action: Action) -> None:
    with pytest.raises(ValidationError, match=f"built-in rule {rule.id} cannot be given an action"):
        RulesConfiguration(actions={rule.id: action})


@pytest.mark.parametrize("rule", each_rule(BUILT_IN_RULES))
def test_nobody_can_be_exempted_from_a_built_in_rule(rule: Rule) -> None:
    exemption = {"reason": "ours", "rules": [rule.id], "users": ["alice"]}
    with pytest.raises(ValidationError, match=f"exempted from the built-in rule {rule.id}"):
        RulesConfiguration.model_validate({"exemptions": [exemption]})


def test_an_exemption_from_all_rules_is_none_from_built_in_ones() -> None:
    exemptions = [{"reason": "ours", "users": ["alice"]}]
    found = actions(create(leaseName=""), "lease-name-required", exemptions=exemptions)
    assert found == {"Deny"}


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


def test_a_rule_that_cannot_judge_is_skipped_and_says_so() -> None:
    write = create(renewTime=at(days=1), siblings=None, now=None)
    annotations = explain(write, profile="strict")
    assert annotations == {
        "decision": "allowed",
        "skipped": "renew-time-in-future,ping-time-in-future,renew-time-stale,"
        "strategy-conflict,strategy-conflict-lower",
    }


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


def test_no_rule_denies_a_heartbeat_of_a_good_candidate() -> None:
    write = update(candidate(renewTime=at(minutes=-5)), candidate(renewTime=str(NOW)))
    strict = Ruleset(RulesConfiguration(profile=Profile.STRICT))
    assert strict.evaluate(write).violations == ()
