"""What the beginning of a body tells, wherever it is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from app.admission.recovery import recover
from tests.reviews import RECORDED, create, recorded

every_recorded_review = pytest.mark.parametrize("name", RECORDED)


@every_recorded_review
def test_a_recorded_review_is_named_by_its_first_kilobyte(name: str) -> None:
    request = recorded(name)["request"]
    start = recover(RECORDED[name][:1024])
    assert start is not None
    assert start.api_version == "admission.k8s.io/v1"
    assert start.uid == request["uid"]
    assert start.operation == request["operation"]
    assert start.name == request.get("name", "")
    assert start.resource is not None
    assert start.resource.model_dump() == request["resource"]


@every_recorded_review
def test_every_cut_tells_the_whole_uid_or_nothing(name: str) -> None:
    """A uid that is cut short would be an answer to nobody."""
    body = RECORDED[name]
    uid = recorded(name)["request"]["uid"]
    whole = body.index(uid.encode()) + len(uid)
    told = {length: recover(body[:length]) for length in range(len(body) + 1)}
    for length, start in told.items():
        assert (start is not None) is (length > whole), length
        assert start is None or start.uid == uid


def test_a_cut_inside_a_character_loses_nothing_before_it() -> None:
    review = create()
    review["request"]["object"]["metadata"]["annotations"] = {"a": "\N{GRINNING FACE}" * 9}
    body = json.dumps(review, ensure_ascii=False).encode()
    first = body.index("\N{GRINNING FACE}".encode())
    for length in range(first, first + 9):
        start = recover(body[:length])
        assert start is not None
        assert start.uid == review["request"]["uid"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "Review"},
        {"kind": None},
        {"apiVersion": "admission.k8s.io/v2"},
        {"apiVersion": 1},
        {"request": None},
        {"request": []},
        {"request": {"uid": ""}},
        {"request": {"uid": 7}},
        {"request": {}},
    ],
    ids=json.dumps,
)
def test_what_names_no_request_is_not_made_up(change: dict[str, object]) -> None:
    assert recover(json.dumps(create() | change).encode()) is None


@pytest.mark.parametrize("value", [None, 1, [], {}, {"group": 1}], ids=json.dumps)
@pytest.mark.parametrize("field", ["operation", "name", "subResource", "resource"])
def test_a_part_of_a_wrong_type_is_as_good_as_absent(field: str, value: object) -> None:
    review = create()
    review["request"][field] = value
    start = recover(json.dumps(review).encode())
    assert start is not None
    assert start.uid == review["request"]["uid"]


@pytest.mark.parametrize(
    "start", [b"", b"\xff", b"[" * 60_000, b'{"a":' * 10_000, b"nonsense", b"null", b"[]", b"5"]
)
def test_a_hostile_beginning_tells_nothing(start: bytes) -> None:
    assert recover(start) is None


@given(st.binary(max_size=300))
def test_any_bytes_tell_nothing(start: bytes) -> None:
    assert recover(start) is None
