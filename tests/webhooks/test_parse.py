"""Reading candidates with their review says the same as reading them one by one."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from app.admission import AdmissionReview, BadReviewError, parse_review
from app.admission.bad_review import from_validation_error
from app.leasecandidate import LeaseCandidate
from app.webhooks import parse_candidates
from tests.leasecandidate.strategies import Json, candidates, json_values
from tests.reviews import RECORDED, create, encode, put, read_review, recorded, update

if TYPE_CHECKING:
    from collections.abc import Callable


def together(body: bytes) -> str:
    """Return all that a hook could see of a body, or why there is no review in it."""
    try:
        return shown(parse_candidates(body))
    except BadReviewError as error:
        return str(error)


def one_by_one(body: bytes) -> str:
    """Return the same, from a review that is read first and its candidates after that."""
    try:
        envelope = parse_review(body, AdmissionReview[dict[str, Any]])
        review = envelope.request
        read = {
            name: candidate(value, f"/request/{alias}")
            for name, alias, value in (
                ("object", "object", review.object),
                ("old_object", "oldObject", review.old_object),
            )
        }
    except BadReviewError as error:
        return str(error)
    return shown(envelope.model_copy(update={"request": review.model_copy(update=read)}))


def candidate(value: Json | None, pointer: str) -> LeaseCandidate | None:
    """Return a candidate without unknown fields, and without what is in managedFields."""
    if value is None:
        return None
    try:
        wire = LeaseCandidate.from_wire(value).model_dump(mode="json")
    except ValidationError as error:
        found = from_validation_error(error)
        raise BadReviewError(pointer + found.pointer, found.problem) from None
    return LeaseCandidate.model_validate_json(json.dumps(wire), extra="ignore")


def shown(envelope: AdmissionReview[Any]) -> str:
    """Return a review as text: NaN, which clients may send, is not equal to itself."""
    return repr([envelope.api_version, *envelope.request])


def assert_alike(body: bytes) -> str:
    found = together(body)
    assert found == one_by_one(body)
    return found


def replaced(review: Json, old: str, new: str) -> bytes:
    """Return the body of a review with a piece of its text changed, which must be there."""
    text = json.dumps(review)
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize("name", RECORDED)
def test_the_candidates_of_a_recorded_review_are_read_with_it(name: str) -> None:
    assert_alike(RECORDED[name])
    sent, read = recorded(name)["request"], read_review(RECORDED[name])
    for wanted, found in ((sent["object"], read.object), (sent["oldObject"], read.old_object)):
        if wanted is None:
            assert found is None
        else:
            assert found is not None
            assert found.spec.model_dump(mode="json") == wanted["spec"]
            assert found.metadata.name == wanted["metadata"].get("name", "")


def test_unknown_fields_are_left_out_and_managed_fields_are_only_counted() -> None:
    review = create()
    sent = {"managedFields": [{"manager": "a"}, {"x": [1]}], "x": 1, "ownerReferences": [{"x": 1}]}
    review["request"]["object"]["metadata"] |= sent
    read = read_review(encode(review)).object
    assert read is not None
    assert read.metadata.managed_fields == [{}, {}]
    assert not read.metadata.model_extra
    assert not read.metadata.owner_references[0].model_extra


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
    assert shown in assert_alike(body)


POD = {"kind": "Pod", "metadata": {}, "spec": {"strategy": {}}}


@pytest.mark.parametrize(
    "review",
    [
        pytest.param(create(operation="DELETE", object=None, oldObject=POD), id="a DELETE"),
        pytest.param(create(operation="CONNECT", object=POD), id="a CONNECT"),
        pytest.param(create(subResource="status", object=POD), id="a subresource"),
        pytest.param(update(resource={"resource": "pods"}, object=POD), id="another resource"),
        pytest.param(update(resource={"resource": "pods"}, oldObject=POD), id="it was another one"),
        pytest.param(create(operation="DELETE", oldObject=[]), id="what is no object at all"),
    ],
)
def test_where_nothing_is_judged_objects_may_be_anything(review: Json) -> None:
    read = read_review(encode(review))
    assert (read.object, read.old_object) == (None, None)
    assert (read.uid, read.operation.value) == (
        review["request"]["uid"],
        review["request"]["operation"],
    )


def test_what_is_no_review_is_none_where_nothing_is_judged_either() -> None:
    body = encode(create(operation="DELETE", object=POD, dryRun={}))
    with pytest.raises(BadReviewError) as refused:
        parse_candidates(body)
    assert refused.value.pointer == "/request/object/spec/strategy"


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


@pytest.mark.parametrize("operation", ["CREATE", "DELETE"])
def test_what_is_no_candidate_becomes_python_objects_once_at_most(operation: str) -> None:
    body = encode(create(operation=operation, object=[{"": 0}] * 100_000))

    def parse() -> None:
        with suppress(BadReviewError):
            parse_candidates(body)

    parse()
    assert most_memory(parse) < 1.5 * most_memory(lambda: from_json(body))


def test_a_review_that_cannot_be_read_makes_no_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making one takes pydantic twenty times as long as reading a review."""

    def make(_cls: type, _item: object) -> type:
        pytest.fail("a class was made")

    monkeypatch.setattr(BaseModel, "__class_getitem__", classmethod(make))
    with pytest.raises(BadReviewError):
        parse_candidates(encode(create({"leaseName": []})))


def most_memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
