"""A check says what the server would say of the same write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from app.admission import Denied, Patched
from app.admission.patch import apply
from app.check.judge import Judge
from app.leasecandidate import LeaseCandidate, MicroTime
from app.leasecandidate.normalize import normalize
from app.leasecandidate.rules import Action, Profile, RulesConfiguration, Ruleset
from app.leasecandidate.submission import Destination, submit
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, mutate
from tests.check.manifests import judge, manifest
from tests.hooks import NOW as RECORDED_AT
from tests.leasecandidate.cases import expand, section
from tests.leasecandidate.rules.table import CASES, cases
from tests.reviews import RECORDED, encode, read_review

if TYPE_CHECKING:
    from tests.leasecandidate.rules.case import RuleCase

STRICT = RulesConfiguration(profile=Profile.STRICT)
CREATES = [
    case
    for case in CASES
    if case.write.old is None
    and not case.write.siblings
    # A time of the year 10000 cannot be written down again.
    and "beyond all calendars" not in case.sentence
]


def wire(case: RuleCase) -> dict[str, Any]:
    candidate: dict[str, Any] = json.loads(case.write.candidate.model_dump_json(by_alias=True))
    return candidate | {"apiVersion": "coordination.k8s.io/v1beta1", "kind": "LeaseCandidate"}


@pytest.mark.parametrize("case", cases(CREATES))
def test_a_manifest_gets_what_the_rules_say_of_its_create(case: RuleCase) -> None:
    configuration = RulesConfiguration(
        profile=Profile.BUILTIN,
        actions={case.rule: Action.AUDIT},
        settings=case.write.settings,
    )
    assert case.write.now is not None
    found = Judge(configuration, case.write.now, "default").manifest(wire(case))
    fields = [remark.field for remark in found.remarks if remark.rule == case.rule]
    alone = case.rule == "ping-time-not-from-server" and case.write.candidate.spec.ping_time
    # Nobody is known to write a manifest.
    assert fields == (["spec.pingTime"] if alone else list(case.fields))


def reaches_validation(value: dict[str, Any]) -> bool:
    """Whether neither the mutating side nor the server changes a candidate before that."""
    candidate = LeaseCandidate.from_wire(value)
    namespace = candidate.metadata.namespace
    unchanged = submit(candidate, Destination("v1beta1", namespace)) == candidate
    return bool(namespace) and unchanged and not normalize(candidate.spec)[0]


VALIDATED = [
    (case, value)
    for case in section("derived", "validation")
    for value in [manifest() | {"metadata": expand(case["metadata"]), "spec": expand(case["spec"])}]
    if case.get("op") != "UPDATE" and reaches_validation(value)
]


@pytest.mark.parametrize(
    ("case", "value"), [pytest.param(*row, id=row[0]["name"]) for row in VALIDATED]
)
def test_a_manifest_gets_the_causes_of_the_server(
    case: dict[str, Any], value: dict[str, Any]
) -> None:
    found = judge(profile="builtin").manifest(value).remarks
    causes = [(each.reason, each.field) for each in found if each.action is Action.DENY]
    expected = [(error["type"], error["field"]) for error in case["errors"]]
    assert list(dict.fromkeys(causes)) == list(dict.fromkeys(expected))


def test_most_of_the_shared_cases_reach_validation() -> None:
    assert len(VALIDATED) > 40


def serve(review: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the rules that deny and that warn when both hooks have been asked."""
    clock = ServerClock(lambda: RECORDED_AT)
    clock.observe_api_date(RECORDED_AT)
    ruleset = Ruleset(STRICT)
    hook = ValidatingHook(lambda: ruleset, clock, NoSiblingSource())
    first = mutate(read_review(encode(review)))
    if isinstance(first, Patched):
        object_ = apply(review["request"]["object"], first.operations)
        review = review | {"request": review["request"] | {"object": object_}}
    if review["request"]["object"] is not None:
        review["request"]["object"]["metadata"].setdefault("name", "generated")
    verdict = hook(read_review(encode(review)))
    actions = {finding.rule: finding.action for finding in verdict.findings}
    denied = {rule for rule, action in actions.items() if action == "Deny"}
    assert bool(denied) is isinstance(verdict, Denied)
    return denied, {rule for rule, action in actions.items() if action == "Warn"}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_review_gets_the_verdict_of_the_hooks(name: str) -> None:
    review = json.loads(RECORDED[name])
    found = Judge(STRICT, MicroTime.at(RECORDED_AT), "default").review(review)
    ours = [remark for remark in found.remarks if remark.rule != "leading-v"]
    denied = {remark.rule for remark in ours if remark.action is Action.DENY}
    warned = {remark.rule for remark in ours if remark.action is Action.WARN}
    assert (denied, warned) == serve(review)
