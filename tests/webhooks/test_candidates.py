"""Reading candidates with their review says the same as reading them one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_type_hints

import pytest
from hypothesis import given, settings, strategies as st
from msgspec import structs
from pydantic.alias_generators import to_camel

from app.admission import BadReviewError, parse_envelope
from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, ObjectMeta, OwnerReference
from app.webhooks import CandidateReview, parse_candidates
from app.webhooks.candidate_json import (
    LeaseCandidateJson,
    LeaseCandidateSpecJson,
    ObjectMetaJson,
    OwnerReferenceJson,
)
from app.webhooks.candidates import read_candidate
from tests.leasecandidate.strategies import Json, candidates, json_values
from tests.reviews import RECORDED, create, encode, put, recorded, update

if TYPE_CHECKING:
    from app.leasecandidate.model import WireModel

Outcome = dict[str, str] | str


def outcome(body: bytes, *, together: bool) -> Outcome:
    """Return all that a hook could see of a body, or why there is no review in it."""
    try:
        envelope = parse_candidates(body) if together else parse_envelope(body)
        review: CandidateReview = envelope.request
    except BadReviewError as error:
        return f"{error}"
    fields = {
        name: repr(value)
        for name, value in structs.asdict(review).items()
        if not name.endswith("object")
    }
    return fields | {
        "api_version": envelope.api_version,
        "object": _read(review.object, "/request/object"),
        "old_object": _read(review.old_object, "/request/oldObject"),
    }


def _read(value: LeaseCandidateJson | Json | None, pointer: str) -> str:
    """Return the candidate as text: NaN, which clients may send, is not equal to itself."""
    if value is None:
        return "absent"
    try:
        return repr(_known(read_candidate(value, pointer)))
    except BadReviewError as error:
        return f"{error}"


def _known(candidate: LeaseCandidate) -> LeaseCandidate:
    """Return the candidate without unknown fields, and without what is in managedFields."""
    wire = candidate.model_dump(mode="json")
    return LeaseCandidate.model_validate_json(json.dumps(wire), extra="ignore")


def assert_alike(body: bytes) -> Outcome:
    one_by_one = outcome(body, together=False)
    assert outcome(body, together=True) == one_by_one
    return one_by_one


def replaced(review: Json, old: str, new: str) -> bytes:
    """Return the body of a review with a piece of its text changed, which must be there."""
    text = json.dumps(review)
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_review(name: str) -> None:
    assert isinstance(assert_alike(RECORDED[name]), dict)


@pytest.mark.parametrize("name", RECORDED)
def test_the_candidates_of_a_recorded_review_are_read_with_it(name: str) -> None:
    sent, request = recorded(name)["request"], parse_candidates(RECORDED[name]).request
    for wanted, read in ((sent["object"], request.object), (sent["oldObject"], request.old_object)):
        if wanted is None:
            assert read is None
        else:
            assert isinstance(read, LeaseCandidateJson)
            assert read.spec == wanted["spec"]
            metadata = {**wanted["metadata"]}
            if "managedFields" in metadata:
                metadata["managedFields"] = [{} for _ in metadata["managedFields"]]
            assert read.metadata == metadata


@pytest.mark.parametrize(
    ("declared", "model"),
    [
        (LeaseCandidateSpecJson, LeaseCandidateSpec),
        (ObjectMetaJson, ObjectMeta),
        (OwnerReferenceJson, OwnerReference),
    ],
)
def test_each_field_of_a_model_is_declared(declared: type, model: type[WireModel]) -> None:
    assert list(get_type_hints(declared)) == [*map(to_camel, model.model_fields)]


def test_each_field_of_a_candidate_is_declared() -> None:
    assert [field.name for field in structs.fields(LeaseCandidateJson)] == [
        *LeaseCandidate.model_fields
    ]
    assert LeaseCandidateJson().fields().keys() == {*map(to_camel, LeaseCandidate.model_fields)}


def test_unknown_fields_are_left_out_and_managed_fields_are_only_counted() -> None:
    review = create()
    sent = {"managedFields": [{"manager": "a"}, {"x": [1]}], "x": 1}
    review["request"]["object"]["metadata"] |= sent
    request = parse_candidates(encode(review)).request
    assert isinstance(request.object, LeaseCandidateJson)
    assert request.object.metadata["managedFields"] == [{}, {}]
    assert "x" not in request.object.metadata


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        pytest.param(
            replaced(create(), '"strategy": ', '"strategy": "a/b", "strategy": '),
            "strategy='OldestEmulationVersion'",
            id="a field that is there twice: the last counts",
        ),
        pytest.param(
            replaced(create(), '"spec": {', '"spec": {"strategy": "a/b"}, "spec": {'),
            "strategy='OldestEmulationVersion'",
            id="an object that is there twice: the last counts",
        ),
        pytest.param(
            replaced(create(), '"leaseName": ', '"lease_name": '),
            "lease_name=''",
            id="a field in snake_case is an unknown one",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', '"metadata": {"labels": null, '),
            "labels={}",
            id="null labels are none",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', '"metadata": {"labels": {"a": null}, '),
            "labels={'a': ''}",
            id="a null label is an empty one",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', '"metadata": {"generation": 1.0, '),
            "/request/object/metadata/generation",
            id="a whole number with a fraction is none",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', '"metadata": {"generation": "1", '),
            "/request/object/metadata/generation",
            id="a number in quotes is none",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', '"metadata": {"generation": 9223372036854775808, '),
            "/request/object/metadata/generation",
            id="a number of 65 bits is none",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', '"metadata": {"x": "\N{POUND SIGN}", ').replace(
                b"\xc2\xa3", b"\xa3"
            ),
            "is not JSON: invalid unicode",
            id="an unknown field that is not UTF-8",
        ),
        pytest.param(
            replaced(create(), '"metadata": {', f'"metadata": {{"x": {"[" * 5000}{"]" * 5000}, '),
            "is not JSON: recursion limit exceeded",
            id="5,000 lists in one another",
        ),
        pytest.param(encode(create(uid="")), "/request/uid must not be empty", id="an empty uid"),
        pytest.param(
            encode(create(object=[])), "/request/object must be a JSON object", id="a list"
        ),
        pytest.param(
            encode(create({"renewTime": "soon"})),
            "/request/object/spec/renewTime must be an RFC 3339 time",
            id="no time",
        ),
        pytest.param(
            encode(update(oldObject=None)), "/request/oldObject is required", id="no old object"
        ),
    ],
)
def test_a_strange_review(body: bytes, shown: str) -> None:
    assert shown in str(assert_alike(body))


@settings(max_examples=300)
@given(
    st.sampled_from(list(RECORDED.values())),
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    json_values | st.floats() | st.integers() | st.none(),
)
def test_any_value_in_any_place(body: bytes, place: list[int], value: object) -> None:
    review = json.loads(body)
    put(review, place, value)
    assert_alike(encode(review))


@given(candidates, candidates)
def test_any_candidates(new: Json, old: Json) -> None:
    assert_alike(encode(update(object=new, oldObject=old)))
