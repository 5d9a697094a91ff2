"""Reading a body as a review: what is ignored, what is refused, and where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.admission import AdmissionReview, BadReviewError, Operation, Review, parse_review
from tests.leasecandidate.strategies import json_values
from tests.reviews import RECORDED, Json, create, encode, recorded, update

JsonReview = AdmissionReview[dict[str, Any]]
"""A review whose objects nobody knows."""


def read(body: bytes | bytearray) -> Review[Json]:
    """Return the request in a body."""
    return parse_review(body, JsonReview).request


def outcome(body: bytes) -> Review[Json] | BadReviewError:
    """Return what comes of a body that may be either."""
    try:
        return read(body)
    except BadReviewError as error:
        return error


def refused(body: bytes) -> BadReviewError:
    with pytest.raises(BadReviewError) as error:
        read(body)
    return error.value


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_review_is_read_whole(name: str) -> None:
    request = recorded(name)["request"]
    review = read(RECORDED[name])
    assert review.uid == request["uid"]
    assert review.operation.value == request["operation"]
    assert (review.name, review.namespace) == (request.get("name", ""), request["namespace"])
    assert review.object == request["object"]
    assert review.old_object == request["oldObject"]
    assert review.user_info.username == request["userInfo"]["username"]
    assert review.user_info.groups == request["userInfo"]["groups"]
    assert str(review.resource).startswith("leasecandidates.v1")
    assert review.dry_run == request["dryRun"]


@pytest.mark.parametrize("api_version", ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"])
def test_a_review_knows_the_version_in_which_it_was_asked(api_version: str) -> None:
    envelope = parse_review(encode(create() | {"apiVersion": api_version}), JsonReview)
    assert envelope.api_version == api_version


@pytest.mark.parametrize("more", ["apiVersion", "api_version", "_api_version", "kinds", "x"])
def test_an_unknown_field_of_the_request_is_ignored(more: str) -> None:
    body = create()
    body["request"][more] = "admission.k8s.io/v9"
    envelope = parse_review(encode(body), JsonReview)
    assert envelope.api_version == "admission.k8s.io/v1"
    assert envelope.request == read(encode(create()))


@pytest.mark.parametrize("name", ["name", "namespace"])
@pytest.mark.parametrize("value", [None, "", "x"])
def test_an_absent_name_is_empty(name: str, value: str | None) -> None:
    review = create()
    review["request"][name] = value
    assert getattr(read(encode(review)), name) == (value or "")
    review["request"].pop(name)
    assert getattr(read(encode(review)), name) == ""


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.CONNECT])
def test_operations_that_write_nothing_need_no_object(operation: Operation) -> None:
    values: tuple[Json | None, ...] = (None, {})
    for value in values:
        review = create(operation=operation.value)
        review["request"]["object"] = value
        assert read(encode(review)).operation is operation


@pytest.mark.parametrize(
    ("review", "pointer", "problem"),
    [
        (create() | {"kind": None}, "/kind", "must be 'AdmissionReview', not None"),
        (create() | {"request": 1}, "/request", "must be a JSON object, not a number"),
        (create() | {"request": "x"}, "/request", "must be a JSON object, not a string"),
        (create() | {"request": True}, "/request", "must be a JSON object, not a boolean"),
        (create(resource={"group": 1}), "/request/resource/group", "a string, not a number"),
        (create(resource=[]), "/request/resource", "must be a JSON object, not an array"),
        (create(subResource={}), "/request/subResource", "a string, not an object"),
        (create(userInfo={"groups": "x"}), "/request/userInfo/groups", "an array, not a string"),
        (create(userInfo={"groups": ["x", 1]}), "/request/userInfo/groups/1", "a string, not a"),
        (create(dryRun="perhaps"), "/request/dryRun", "boolean"),
        (create(object="x"), "/request/object", "must be a JSON object, not a string"),
        (update(oldObject=5), "/request/oldObject", "must be a JSON object, not a number"),
        (update(oldObject=None), "/request/oldObject", "is required for UPDATE"),
        (update(object=None), "/request/object", "is required for UPDATE"),
        (create(uid="", operation="X"), "/request/uid", "must not be empty"),
        ({}, "/apiVersion", "is required"),
        ([1], "", "must be a JSON object, not an array"),
        (7, "", "must be a JSON object, not a number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_first_problem_is_told_with_its_place(
    review: object, pointer: str, problem: str
) -> None:
    error = refused(encode(review))
    assert error.pointer == pointer
    assert problem in error.problem
    assert str(error) == f"{pointer or 'the body'} {error.problem}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":"\xc3\x28"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":"\n"}',
        b'{"a":01}',
        b"[" * 500,
        b'{"a":' * 100_000,
        b"[" * 8_000_000,
        b"{}{}",
        b"\0",
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_what_is_not_json_is_told_as_such(body: bytes) -> None:
    error = refused(body)
    assert error.pointer == ""
    assert error.problem.startswith("is not JSON: ")
    assert len(str(error)) < 200


def with_text(review: Json, name: str, text: str) -> bytes:
    """Return the review with a member of its object that json.dumps would not write."""
    review["request"]["object"][name] = "TEXT"
    return encode(review).replace(b'"TEXT"', text.encode())


@pytest.mark.parametrize(
    "text", ["NaN", "-Infinity", "1e999", "1e-999", "-0", "123456789012345678901234567890"]
)
def test_a_number_that_nobody_reads_does_not_matter(text: str) -> None:
    assert read(with_text(create(), "x", text)).uid == create()["request"]["uid"]


@pytest.mark.parametrize("digits", [4_301, 1_000_000])
def test_a_number_of_absurdly_many_digits_is_no_500(digits: int) -> None:
    result = outcome(with_text(create(), "x", "9" * digits))
    assert isinstance(result, Review) or len(str(result)) < 200


def test_of_duplicate_keys_the_last_one_counts() -> None:
    body = encode(create(uid="last")).replace(b'"uid": "last"', b'"uid": "first", "uid": "last"', 1)
    assert read(body).uid == "last"


def test_a_long_or_hostile_key_is_shown_short_and_on_one_line() -> None:
    error = refused(encode(create(userInfo={"groups": ["\x1b[31m\n" * 100, 1]})))
    assert str(error).isprintable()
    key = "k\n\x1b~/" + "x" * 1_000_000
    review = create(userInfo={key: 1, "groups": "x" * 1_000_000})
    error = refused(encode(review))
    assert str(error).isprintable()
    assert len(str(error)) < 300


@pytest.mark.parametrize("groups", [[1] * 1_000_000, [None] * 1_000_000])
def test_many_wrong_values_are_one_problem(groups: list[Any]) -> None:
    error = refused(encode(create(userInfo={"groups": groups})))
    assert error.pointer == "/request/userInfo/groups/0"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_review_or_an_explained_refusal(body: bytes) -> None:
    error = refused(body)
    assert str(error).isprintable()


@given(
    st.fixed_dictionaries(
        {"apiVersion": st.just("admission.k8s.io/v1"), "kind": st.just("AdmissionReview")},
        optional={
            "request": st.fixed_dictionaries(
                {},
                optional={
                    name: json_values | st.just(value)
                    for name, value in create()["request"].items()
                },
            )
        },
    )
)
def test_a_review_of_any_parts_is_read_or_refused_with_a_place(review: Json) -> None:
    result = outcome(encode(review))
    if isinstance(result, Review):
        assert result.uid == review["request"]["uid"]
    else:
        assert result.pointer.startswith("/request")
        assert str(result).isprintable()


def test_the_same_review_is_read_from_any_spelling() -> None:
    pretty = json.dumps(recorded("validate-update-renews"), indent=4, sort_keys=True)
    assert read(pretty.encode()) == read(RECORDED["validate-update-renews"])
    assert read(bytearray(pretty.encode())) == read(pretty.encode())
