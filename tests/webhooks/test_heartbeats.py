"""Known heartbeats are not asked about again, and nobody can tell that by the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, strategies as st
from msgspec import structs
from typing_extensions import override

from app.admission import Allowed, BadReviewError, Operation
from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, MicroTime, ObjectMeta
from app.leasecandidate.rules import RULES, Evaluation, Ruleset, Write
from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration
from app.leasecandidate.rules.write import UPDATE
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, parse_candidates
from app.webhooks.heartbeats import CANDIDATES, LENGTH, unchanged_content
from tests.hooks import NOW, validating
from tests.leasecandidate.strategies import Json, candidates
from tests.reviews import create, encode, recorded

if TYPE_CHECKING:
    from app.leasecandidate.rules import Rule
    from app.webhooks.candidates import CandidateReview

TIME: Final = "2026-11-22T08:{:02}:00.000000Z"
AHEAD: Final = "2026-11-22T09:00:00.000001Z"
BEFORE: Final = TIME.format(0)

CHANGES: Final[dict[str, object]] = {
    "apiVersion": "coordination.k8s.io/v1alpha2",
    "kind": "Lease",
    "metadata.name": "another",
    "metadata.generateName": "another",
    "metadata.namespace": "another",
    "metadata.uid": "another",
    "metadata.generation": 7,
    "metadata.creationTimestamp": "2025-01-02T03:04:05Z",
    "metadata.deletionTimestamp": "2026-01-02T03:04:05Z",
    "metadata.deletionGracePeriodSeconds": 5,
    "metadata.labels": {"another": "one"},
    "metadata.annotations": {"another": "one"},
    "metadata.ownerReferences": [{"kind": "another"}],
    "metadata.finalizers": ["another"],
    "metadata.managedFields": [{}, {}, {}],
    "metadata.selfLink": "another",
    "spec.leaseName": "another",
    "spec.pingTime": TIME.format(59),
    "spec.binaryVersion": "7.0.0",
    "spec.emulationVersion": "0.7.0",
    "spec.strategy": "an/other",
}
CHANGED_BY_HEARTBEATS: Final = {"metadata.resourceVersion", "spec.renewTime"}


def put(candidate: Json, path: str, value: object) -> None:
    """Put a value at a dotted path, None to take it away."""
    *parts, name = path.split(".")
    for part in parts:
        candidate = candidate[part]
    if value is None:
        candidate.pop(name, None)
    else:
        candidate[name] = value


def heartbeat(
    minute: int = 1, *, both: Json | None = None, new: Json | None = None, old: Json | None = None
) -> CandidateReview:
    """Return an update that moves renewTime to a minute after 8:00, with changes by path."""
    body = recorded("validate-update-heartbeat-by-kube-scheduler")
    request = body["request"]
    for candidate, time in (
        (request["object"], TIME.format(minute)),
        (request["oldObject"], BEFORE),
    ):
        changes = {"spec.renewTime": time, "metadata.resourceVersion": str(minute), **(both or {})}
        changes |= (new if candidate is request["object"] else old) or {}
        for path, value in changes.items():
            put(candidate, path, value)
    return parse_candidates(encode(body)).request


def content(review: CandidateReview) -> object:
    return unchanged_content(review.object, review.old_object, MicroTime.at(NOW))


class Asked(Ruleset):
    """Counts the writes about which it is asked."""

    def __init__(self) -> None:
        super().__init__(RulesConfiguration())
        self.count = 0

    @override
    def evaluate(self, write: Write) -> Evaluation:
        self.count += 1
        return super().evaluate(write)


def hook_with(ruleset: Ruleset) -> ValidatingHook:
    return ValidatingHook(lambda: ruleset, ServerClock(lambda: NOW), NoSiblingSource())


def test_the_table_names_every_field() -> None:
    fields = {
        f"{part}{field.alias}"
        for part, model in (
            ("", LeaseCandidate),
            ("metadata.", ObjectMeta),
            ("spec.", LeaseCandidateSpec),
        )
        for field in model.model_fields.values()
    }
    assert CHANGES.keys() | CHANGED_BY_HEARTBEATS | {"metadata", "spec"} == fields


@pytest.mark.parametrize(
    "review",
    [
        pytest.param(heartbeat(2), id="later"),
        pytest.param(heartbeat(0), id="at the same time"),
        pytest.param(heartbeat(1, new={"spec.renewTime": "2026-11-22T09:00:00.000000Z"}), id="now"),
        pytest.param(heartbeat(3, both={"metadata.resourceVersion": "x"}), id="another version"),
    ],
)
def test_heartbeats_have_the_same_content(review: CandidateReview) -> None:
    assert content(review) == content(heartbeat(1)) is not None


@pytest.mark.parametrize(("path", "value"), CHANGES.items(), ids=list(CHANGES))
def test_with_another_value_the_content_is_another(path: str, value: object) -> None:
    changed = content(heartbeat(1, both={path: value}))
    assert changed is not None
    assert changed != content(heartbeat(1))


@pytest.mark.parametrize(("path", "value"), CHANGES.items(), ids=list(CHANGES))
def test_an_update_that_changes_more_than_renew_time_is_no_heartbeat(
    path: str, value: object
) -> None:
    assert content(heartbeat(1, new={path: value})) is None
    assert content(heartbeat(1, old={path: value})) is None


@pytest.mark.parametrize(
    "review",
    [
        pytest.param(heartbeat(1, new={"spec.renewTime": AHEAD}), id="ahead of now"),
        pytest.param(heartbeat(1, old={"spec.renewTime": TIME.format(2)}), id="backwards"),
        pytest.param(heartbeat(1, new={"spec.renewTime": None}), id="removed"),
        pytest.param(heartbeat(1, old={"spec.renewTime": None}), id="added"),
        pytest.param(heartbeat(1, both={"spec.renewTime": None}), id="absent"),
        pytest.param(heartbeat(1, new={"spec.renewTime": "soon"}), id="no time"),
        pytest.param(heartbeat(1, old={"spec.renewTime": "soon"}), id="no old time"),
        pytest.param(heartbeat(1, both={"metadata.resourceVersion": ""}), id="no version"),
        pytest.param(heartbeat(1, new={"spec": None}), id="no spec"),
        pytest.param(heartbeat(1, old={"spec": None}), id="no old spec"),
        pytest.param(heartbeat(1, both={"metadata": None}), id="no metadata"),
        pytest.param(heartbeat(1, new={"metadata": []}), id="metadata that are no object"),
        pytest.param(heartbeat(1, both={"metadata.generation": "1"}), id="a field of another type"),
    ],
)
def test_an_irregular_update_is_no_heartbeat(review: CandidateReview) -> None:
    assert content(review) is None


def test_rules_are_asked_about_the_first_heartbeat_of_a_candidate() -> None:
    ruleset = Asked()
    hook = hook_with(ruleset)
    assert [hook(heartbeat(minute)) for minute in range(5)] == [Allowed()] * 5
    assert ruleset.count == 1
    assert hook(heartbeat(5, both={"metadata.uid": "another"})) == Allowed()
    assert ruleset.count == 2


@pytest.mark.parametrize(
    "review",
    [
        pytest.param(parse_candidates(encode(create())).request, id="a create"),
        pytest.param(heartbeat(1, new={"spec.renewTime": AHEAD}), id="a time ahead of now"),
        pytest.param(heartbeat(1, both={"metadata.annotations": {"a": "x" * LENGTH}}), id="long"),
        pytest.param(heartbeat(1, both={"spec.leaseName": ""}), id="a defect that is stored"),
        pytest.param(heartbeat(1, new={"metadata.finalizers": ["a/b"]}), id="one with a warning"),
    ],
)
def test_about_some_writes_they_are_asked_each_time(review: CandidateReview) -> None:
    ruleset = Asked()
    hook = hook_with(ruleset)
    assert hook(review) == hook(review)
    assert ruleset.count == 2


def test_a_candidate_with_a_wrong_type_is_not_the_known_one_that_is_equal_in_python() -> None:
    ruleset = Asked()
    hook = hook_with(ruleset)
    hook(heartbeat(1, both={"metadata.generation": 1}))
    with pytest.raises(BadReviewError, match="generation must be an integer, not a boolean"):
        hook(heartbeat(2, both={"metadata.generation": True}))


def test_a_create_that_has_an_old_object_is_no_heartbeat() -> None:
    ruleset = Asked()
    hook = hook_with(ruleset)
    hook(heartbeat(1))
    hook(structs.replace(heartbeat(2), operation=Operation.CREATE))
    assert ruleset.count == 2


def test_other_rules_are_asked_anew() -> None:
    rulesets = [Asked(), Asked(), Asked()]
    hook = ValidatingHook(lambda: rulesets[-1], ServerClock(lambda: NOW), NoSiblingSource())
    for _ in range(3):
        assert [hook(heartbeat(minute)) for minute in range(3)] == [Allowed()] * 3
        assert rulesets.pop().count == 1


def test_no_heartbeat_passes_a_rule_that_does_not_say_so() -> None:
    strange = replace(
        next(rule for rule in RULES if rule.id == "renew-time-backwards"), passes_heartbeats=False
    )
    others = [rule for rule in RULES if rule.id != strange.id]
    assert Ruleset(RulesConfiguration(), others).passes_heartbeats
    assert not Ruleset(RulesConfiguration(), [*others, strange]).passes_heartbeats
    asked: list[Write] = []

    def check(write: Write) -> tuple[()]:
        asked.append(write)
        return ()

    watched = replace(strange, check=check)
    hook = hook_with(Ruleset(RulesConfiguration(), [watched]))
    for minute in range(1, 4):
        hook(heartbeat(minute))
    assert len(asked) == 3


def test_no_more_than_so_many_candidates_are_known() -> None:
    ruleset = Asked()
    hook = hook_with(ruleset)
    for number in range(CANDIDATES + 1):
        hook(heartbeat(1, both={"metadata.uid": str(number)}))
    ruleset.count = 0
    hook(heartbeat(2, both={"metadata.uid": str(CANDIDATES)}))
    assert ruleset.count == 0
    hook(heartbeat(2, both={"metadata.uid": "0"}))
    assert ruleset.count == 1


LOOKING = [
    rule
    for rule in RULES
    if not rule.built_in and "spec.renew_time" in rule.looks_at and set(UPDATE) & {*rule.operations}
]


@pytest.mark.parametrize("rule", LOOKING, ids=lambda rule: rule.id)
@given(candidate=candidates, minutes=st.tuples(st.integers(0, 59), st.integers(0, 59)))
def test_a_rule_that_passes_heartbeats_finds_nothing_in_one(
    rule: Rule, candidate: Json, minutes: tuple[int, int]
) -> None:
    assert rule.passes_heartbeats
    old, new = (
        LeaseCandidate.from_wire(
            {**candidate, "spec": {**candidate["spec"], "renewTime": TIME.format(minute)}}
        )
        for minute in sorted(minutes)
    )
    assert list(rule.check(Write(new, old, now=MicroTime.at(NOW)))) == []


@pytest.mark.parametrize("profile", Profile)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(0, 59),
            st.sampled_from(["both", "new", "old"]),
            st.dictionaries(st.sampled_from([*CHANGES]), st.just(0), max_size=1),
        ),
        min_size=2,
        max_size=8,
    )
)
def test_the_verdict_is_that_of_the_rules(
    profile: Profile, steps: list[tuple[int, int, str, dict[str, int]]]
) -> None:
    hook = validating(profile)
    for number, minute, where, paths in steps:
        changes = {path: CHANGES[path] for path in paths}
        uid = {"metadata.uid": f"candidate-{number}"}
        if where == "both":
            review = heartbeat(minute, both=uid | changes)
        else:
            review = heartbeat(minute, both=uid, **{where: changes})
        assert hook(review) == validating(profile)(review)
