"""Whatever a client sends, it gets a well-formed AdmissionReview or a well-formed Status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given, settings, strategies as st

from tests.leasecandidate.strategies import Json, candidates, json_values
from tests.reviews import RECORDED, create, encode, put

if TYPE_CHECKING:
    import httpx2

JSON = {"Content-Type": "application/json"}
paths = st.sampled_from(["/validate", "/mutate"])


def assert_well_formed(answer: httpx2.Response) -> None:
    """Check what kube-apiserver needs of any answer to understand it; none is a 500."""
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
    body = answer.json()
    if answer.status_code == 200:
        assert body["kind"] == "AdmissionReview"
        assert body["apiVersion"] in {"admission.k8s.io/v1", "admission.k8s.io/v1beta1"}
        response = body["response"]
        assert response["uid"]
        assert response["allowed"] is ("status" not in response)
        assert ("patch" in response) is ("patchType" in response)
        assert not ("patch" in response and "status" in response)
    else:
        assert 400 <= answer.status_code < 500
        assert (body["kind"], body["apiVersion"], body["status"]) == ("Status", "v1", "Failure")
        assert body["code"] == answer.status_code
        assert body["reason"]
        assert body["message"].isprintable()


@given(paths, st.binary(max_size=300))
def test_any_bytes(client: httpx2.Client, path: str, body: bytes) -> None:
    assert_well_formed(client.post(path, content=body, headers=JSON))


@given(paths, json_values)
def test_any_json(client: httpx2.Client, path: str, body: object) -> None:
    assert_well_formed(client.post(path, content=encode(body), headers=JSON))


@settings(max_examples=150)
@given(
    paths,
    st.sampled_from(list(RECORDED.values())),
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    json_values | st.floats() | st.integers() | st.just("v1.33.0") | st.just("v1.33"),
)
def test_any_review_with_any_value_in_any_place(
    client: httpx2.Client, path: str, body: bytes, place: list[int], value: object
) -> None:
    review = json.loads(body)
    put(review, place, value)
    assert_well_formed(client.post(path, content=encode(review), headers=JSON))


@settings(max_examples=150)
@given(
    paths,
    st.sampled_from(list(RECORDED.values())),
    st.integers(0, 2000),
    st.integers(0, 5),
    st.binary(max_size=5),
)
def test_any_review_with_any_bytes_in_any_place(
    client: httpx2.Client, path: str, body: bytes, at: int, removed: int, inserted: bytes
) -> None:
    at %= len(body)
    broken = body[:at] + inserted + body[at + removed :]
    assert_well_formed(client.post(path, content=broken, headers=JSON))


@given(paths, candidates)
def test_any_candidate_gets_a_decision(client: httpx2.Client, path: str, wire: Json) -> None:
    answer = client.post(path, content=encode(create(object=wire)), headers=JSON)
    assert_well_formed(answer)
    assert answer.status_code == 200
    assert answer.json()["response"]["uid"] == create()["request"]["uid"]


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "X"]),
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=9
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
def test_any_path_and_method_that_is_not_ours(
    client: httpx2.Client, method: str, path: str, content_type: str
) -> None:
    answer = client.request(
        method, f"/x{path}", content=b"{}", headers={"Content-Type": content_type}
    )
    assert_well_formed(answer)
    assert answer.status_code in {400, 404, 405}


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=50))
def test_any_uid_comes_back_as_it_was(client: httpx2.Client, uid: str) -> None:
    answer = client.post("/validate", content=encode(create(uid=uid)), headers=JSON)
    assert answer.json()["response"]["uid"] == uid
