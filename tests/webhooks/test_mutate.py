"""The mutating hook: what it changes, what it says, and that it can do no harm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from app.admission import Allowed, Denied, Patched, ReplaceOperation, Review, Verdict
from app.admission.response import render
from app.leasecandidate.normalize import Rewrite
from app.webhooks import mutate, mutating
from tests.hooks import validate
from tests.leasecandidate.strategies import Json, candidates, valid_specs
from tests.reviews import RECORDED, create, encode, patched, read_review, update

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate


def read(review: Json) -> Review[LeaseCandidate]:
    return read_review(encode(review))


def rendered(verdict: Verdict) -> Json:
    answer: Json = json.loads(render("admission.k8s.io/v1", "u", verdict))
    return answer


def test_a_leading_v_is_stripped_with_a_warning_that_says_old_and_new() -> None:
    verdict = mutate(read(create({"binaryVersion": "v1.33.0", "emulationVersion": "v1.32.0"})))
    assert verdict == Patched(
        operations=(
            ReplaceOperation("/spec/binaryVersion", "1.33.0"),
            ReplaceOperation("/spec/emulationVersion", "1.32.0"),
        ),
        warnings=(
            'spec.binaryVersion: changed "v1.33.0" to "1.33.0": versions have no leading "v"',
            'spec.emulationVersion: changed "v1.32.0" to "1.32.0": versions have no leading "v"',
        ),
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("v1.33", '"v1.33" is not a semantic version; did you mean "1.33.0"?'),
        ("V1.33.0", '"V1.33.0" is not a semantic version; did you mean "1.33.0"?'),
        (" 1.33.0", '" 1.33.0" is not a semantic version; did you mean "1.33.0"?'),
        ("1.33", '"1.33" is not a semantic version; did you mean "1.33.0"?'),
        ("01.33.0", '"01.33.0" is not a semantic version; did you mean "1.33.0"?'),
    ],
)
def test_a_near_miss_is_left_to_the_422_with_a_warning_that_helps(text: str, hint: str) -> None:
    verdict = mutate(read(create({"binaryVersion": text})))
    assert verdict == Allowed(warnings=(f"spec.binaryVersion: {hint}",))
    assert isinstance(validate(read(create({"binaryVersion": text}))), Denied)


def test_a_repair_and_a_hint_can_come_together() -> None:
    verdict = mutate(read(create({"binaryVersion": "v1.33.0", "emulationVersion": "1.32"})))
    assert isinstance(verdict, Patched)
    assert [operation.path for operation in verdict.operations] == ["/spec/binaryVersion"]
    assert len(verdict.warnings) == 2
    assert 'did you mean "1.32.0"' in verdict.warnings[1]


@pytest.mark.parametrize("text", ["1.33.0", "", "vv1.33.0", "latest", "v"])
def test_everything_else_is_allowed_as_it_is(text: str) -> None:
    assert mutate(read(create({"binaryVersion": text, "emulationVersion": None}))) == Allowed()


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT"])
def test_an_operation_that_writes_nothing_is_never_patched(operation: str) -> None:
    review = create({"binaryVersion": "v1.33.0"}, operation=operation)
    review["request"]["oldObject"] = review["request"]["object"]
    assert mutate(read(review)) == Allowed()


def test_only_the_new_object_is_repaired() -> None:
    review = update()
    review["request"]["oldObject"]["spec"]["binaryVersion"] = "v1.33.0"
    assert mutate(read(review)) == Allowed()


def test_an_object_that_other_rules_deny_is_repaired_all_the_same() -> None:
    verdict = mutate(read(create({"binaryVersion": "v1.33.0", "leaseName": "", "strategy": ""})))
    assert isinstance(verdict, Patched)


@pytest.mark.parametrize("name", RECORDED)
def test_the_patch_of_a_recorded_review_changes_versions_alone(name: str) -> None:
    review: Json = json.loads(RECORDED[name])
    verdict = mutate(read(review))
    if isinstance(verdict, Allowed):
        assert verdict == Allowed()
        return
    changed = patched(review, rendered(verdict))
    spec, before = changed["request"]["object"]["spec"], review["request"]["object"]["spec"]
    assert spec == before | {"binaryVersion": before["binaryVersion"].removeprefix("v")}
    changed["request"]["object"]["spec"] = before
    assert changed == review
    assert mutate(read(changed | {})) == verdict


@pytest.mark.parametrize(
    "spec",
    [
        {"binaryVersion": "v1.33.0", "x": float("nan"), "y": [float("inf"), None]},
        {"binaryVersion": "v1.33.0", "binary_version": "v2.0.0"},
        {"binaryVersion": "v1.33.0", "": {"/": {"~": "v1.0.0"}}},
        {"binaryVersion": "v1.33.0", "leaseName": None, "renewTime": None},
    ],
    ids=["not a number", "a key in snake_case", "keys that need escapes", "null"],
)
def test_strange_neighbours_do_not_keep_the_v(spec: Json) -> None:
    review = create()
    review["request"]["object"]["spec"] = spec
    verdict = mutate(read(review))
    assert isinstance(verdict, Patched)
    assert verdict.operations == (ReplaceOperation("/spec/binaryVersion", "1.33.0"),)


def test_an_object_of_the_deepest_nesting_that_is_read_is_repaired() -> None:
    deepest = 0
    for depth in range(100, 300, 5):
        review = create({"binaryVersion": "v1.33.0"})
        review["request"]["object"]["x"] = "NEST"
        body = encode(review).replace(b'"NEST"', b'{"a":' * depth + b"1" + b"}" * depth)
        try:
            review_of_it = read_review(body)
        except ValueError:
            break
        assert isinstance(mutate(review_of_it), Patched), depth
        deepest = depth
    assert 100 <= deepest < 295


@given(candidates)
def test_mutating_twice_is_mutating_once(wire: Json) -> None:
    review = create()
    review["request"]["object"] = wire
    verdict = mutate(read(review))
    assert isinstance(verdict, Allowed | Patched)
    assert verdict.defect == ""
    if isinstance(verdict, Patched):
        again = mutate(read(patched(review, rendered(verdict))))
        assert isinstance(again, Allowed)
        assert again.defect == ""


@given(valid_specs)
def test_a_valid_object_is_never_made_invalid(spec: Json) -> None:
    for prefix in ("", "v"):
        versions = {name: prefix + spec[name] for name in ("binaryVersion", "emulationVersion")}
        review = create(spec | versions)
        verdict = mutate(read(review))
        if isinstance(verdict, Patched):
            review = patched(review, rendered(verdict))
        assert validate(read(review)) == Allowed()


WRONG_REWRITES = {
    "a field that is not there": Rewrite("emulationVersion", "v1.33.0", "1.33.0"),
    "a field of another name": Rewrite("binaryVersions", "v1.33.0", "1.33.0"),
    "a value that would be rewritten again": Rewrite("binaryVersion", "vv1.33.0", "v1.33.0"),
}


@pytest.mark.parametrize("rewrite", WRONG_REWRITES.values(), ids=WRONG_REWRITES)
def test_a_patch_that_would_do_harm_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, rewrite: Rewrite
) -> None:
    """kube-apiserver fails the write with a 500 where a patch does not apply."""
    monkeypatch.setattr(mutating, "normalize", lambda _spec: ([rewrite], []))
    verdict = mutate(read(create({"binaryVersion": "v1.33.0", "emulationVersion": None})))
    assert isinstance(verdict, Allowed)
    assert verdict.defect
    assert verdict.warnings == ("leasegate could not change this object and left it as it was",)
    assert "patch" not in rendered(verdict)["response"]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda obj, _: obj, id="a patch that does nothing"),
        pytest.param(lambda _obj, _steps: {}, id="a patch that empties the object"),
        pytest.param(lambda _obj, _steps: {"spec": 5}, id="a patch that breaks the object"),
        pytest.param(
            lambda obj, _: obj | {"metadata": {"name": "other"}}, id="a patch of something else"
        ),
    ],
)
def test_the_result_of_a_patch_is_looked_at_before_it_is_sent(
    monkeypatch: pytest.MonkeyPatch,
    broken: Any,  # noqa: ANN401
) -> None:
    monkeypatch.setattr(mutating, "apply", broken)
    verdict = mutate(read(create({"binaryVersion": "v1.33.0"})))
    assert isinstance(verdict, Allowed)
    assert verdict.defect
