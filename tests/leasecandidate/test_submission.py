"""What becomes of a candidate before it is validated, and what ends there."""

from __future__ import annotations

from typing import Any

import pytest

from app.leasecandidate import LeaseCandidate
from app.leasecandidate.submission import Destination, RefusedWrite, submit
from tests.leasecandidate.submitted import candidate, metadata_of

POST = Destination("v1beta1", "default")
PUT = Destination("v1beta1", "default", "a")
GROUP = "coordination.k8s.io"


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ({}, "v1beta1"),
        ({"apiVersion": None, "kind": None}, "v1beta1"),
        ({"apiVersion": f"{GROUP}/v1alpha2", "kind": "LeaseCandidate"}, "v1alpha2"),
        ({"apiVersion": "/"}, "v1beta1"),
        ({"apiVersion": f"{GROUP}/"}, "v1beta1"),
    ],
)
def test_what_apiversion_and_kind_leave_out_is_taken_from_the_url(
    fields: dict[str, object], version: str
) -> None:
    submitted = submit(candidate({"name": "a"}, **fields), Destination(version, "default"))
    assert metadata_of(submitted) == {"name": "a", "namespace": "default"}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "Lease"}, "the kind is Lease, not LeaseCandidate"),
        ({"apiVersion": "v1beta1"}, f"apiVersion is v1beta1, not {GROUP}/v1beta1"),
        ({"apiVersion": GROUP}, f"apiVersion is {GROUP}, not {GROUP}/v1beta1"),
        ({"apiVersion": f"{GROUP}/v1"}, f"apiVersion is {GROUP}/v1, not {GROUP}/v1beta1"),
        ({"apiVersion": "a/b/c"}, "apiVersion a/b/c has more than one slash"),
    ],
)
def test_another_type_is_a_bad_request(fields: dict[str, object], problem: str) -> None:
    assert submit(candidate({"name": "a"}, **fields), POST) == RefusedWrite(400, problem)


@pytest.mark.parametrize(
    ("destination", "metadata", "problem"),
    [
        (POST, {"namespace": "other"}, "metadata.namespace is other, not default"),
        (PUT, {"name": "b"}, "metadata.name is b, not a"),
        (PUT, {"generateName": "a"}, "metadata.name is , not a"),
    ],
)
def test_another_place_than_in_the_url_is_a_bad_request(
    destination: Destination, metadata: dict[str, Any], problem: str
) -> None:
    assert submit(candidate(metadata), destination) == RefusedWrite(400, problem)


def test_what_only_the_server_sets_is_wiped() -> None:
    given = candidate(
        {
            "name": "a",
            "uid": "1",
            "selfLink": "/",
            "creationTimestamp": "2026-01-02T03:04:05Z",
            "deletionTimestamp": "2026-01-02T03:04:05Z",
            "deletionGracePeriodSeconds": 1,
        }
    )
    assert metadata_of(submit(given, POST)) == {"name": "a", "namespace": "default"}


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("a-", "a-12345"),
        ("b" * 60, "b" * 58 + "12345"),
        ("b" * 57 + "é", "b" * 57 + "\udcc3" + "12345"),
    ],
)
def test_a_name_is_generated_from_58_bytes_and_a_suffix(prefix: str, name: str) -> None:
    submitted = submit(candidate({"generateName": prefix}), POST, suffix="12345")
    assert metadata_of(submitted)["name"] == name


def test_a_name_that_is_given_is_kept() -> None:
    submitted = submit(candidate({"name": "a", "generateName": "b"}), POST)
    assert metadata_of(submitted)["name"] == "a"


def test_the_same_owner_is_kept_once() -> None:
    one, other = {"kind": "Pod", "uid": "1"}, {"kind": "Pod", "uid": "1", "controller": True}
    given = candidate({"name": "a", "ownerReferences": [one, other, {**one, "unknown": 1}, other]})
    submitted = submit(given, POST)
    assert isinstance(submitted, LeaseCandidate)
    assert [owner.controller for owner in submitted.metadata.owner_references] == [None, True]


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"name": "a", "uid": "1"}, 409),
        ({"name": "a", "resourceVersion": "x"}, 500),
        ({"name": "a", "resourceVersion": str(2**64)}, 500),
    ],
)
def test_a_put_that_creates_can_be_refused(metadata: dict[str, Any], code: int) -> None:
    refusal = submit(candidate(metadata), PUT)
    assert isinstance(refusal, RefusedWrite)
    assert refusal.code == code
