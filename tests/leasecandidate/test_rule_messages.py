"""Whatever follows from a violation, it says which rule found it."""

from __future__ import annotations

import pytest

from app.admission.warnings import LENGTH, tidy
from app.leasecandidate.rules import Action, Profile, Rule, RulesConfiguration, Ruleset
from app.webhooks.validating import verdict_of
from tests.leasecandidate.rules.case import RuleCase, at, candidate, create, update
from tests.leasecandidate.rules.outcome import explain
from tests.leasecandidate.rules.siblings import sibling
from tests.leasecandidate.rules.table import FIRST_VIOLATION, VIOLATIONS, cases, each_rule


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
    "strategy-takeover": create(siblings=(sibling("1.1.0", strategy=f"{_LONG}/y"),)),
}


@pytest.mark.parametrize("rule", each_rule())
def test_a_warning_names_its_rule_however_long_the_value_is(rule: Rule) -> None:
    configuration = RulesConfiguration(profile=Profile.BUILTIN, actions={rule.id: Action.WARN})
    write = _TOO_LONG_TO_SHOW.get(rule.id, FIRST_VIOLATION[rule.id].write)
    evaluation = Ruleset(configuration).evaluate(write)
    ours = [
        f"{found.error.field}: {found.message}"
        for found in evaluation.violations
        if found.rule.id == rule.id
    ]
    assert ours
    assert all(len(text) <= LENGTH for text in ours), ours
    assert all(text.endswith(f"(leasegate rule {rule.id})") for text in tidy(ours))


def test_a_rule_that_cannot_judge_is_skipped_and_says_so() -> None:
    write = create(renewTime=at(days=1), siblings=None, now=None)
    annotations = explain(write, profile="strict")
    assert annotations == {
        "decision": "allowed",
        "skipped": "renew-time-in-future,ping-time-in-future,renew-time-stale,"
        "strategy-conflict,strategy-conflict-lower,strategy-takeover",
    }
