"""A body over the limit is denied, not refused: a refusal lets it through under Ignore."""

from __future__ import annotations

import json
import tracemalloc
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import pytest

from app.admission import Allowed, Denied
from app.server.limits import ReviewLimits
from tests.reviews import Json, create, recorded
from tests.server.reading import Client, Scene
from tests.server.running import (
    Certificates,
    Recorder,
    RunningServer,
    read_answer,
    running_leasegate,
)
from tests.server.talking import last_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 100_000
BODY_LIMIT = ReviewLimits().body_bytes
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def small(certificates: Certificates, recorder: Recorder) -> Iterator[RunningServer]:
    """A server with a small limit."""
    with running_leasegate(
        certificates, recorder, reviews=ReviewLimits(body_bytes=LIMIT)
    ) as server:
        yield server


def padded(review: Json, size: int) -> bytes:
    """Return exactly `size` bytes: the review with an annotation that fills them up.

    The annotation is made of `<`, and written as Go writes it: six bytes for each.
    """
    metadata = review["request"]["object"]["metadata"]
    metadata["annotations"] = {"padding": "PADDING"}
    frame = json.dumps(review, separators=(",", ":")).encode()
    room = size - len(frame) + len("PADDING")
    escapes, rest = divmod(room, len(r"\u003c"))
    body = frame.replace(b"PADDING", rb"\u003c" * escapes + b"x" * rest)
    assert len(body) == size
    return body


def head(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def assert_denied(response: Json, review: Json, limit: int = LIMIT) -> None:
    assert response["uid"] == review["request"]["uid"]
    assert response["allowed"] is False
    status = response["status"]
    assert (status["code"], status["reason"]) == (413, "RequestEntityTooLarge")
    assert str(limit) in status["message"]
    assert status["details"] == {
        "group": "coordination.k8s.io",
        "kind": "LeaseCandidate",
        "name": review["request"]["name"],
    }


@pytest.mark.parametrize("path", ["/validate", "/mutate"])
@pytest.mark.parametrize("api_version", ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"])
def test_a_padded_object_is_denied_by_its_declared_length(
    small: RunningServer, path: str, api_version: str
) -> None:
    review = create() | {"apiVersion": api_version}
    with small.client() as client:
        answer = client.post(path, content=padded(review, LIMIT + 1), headers=JSON)
    assert answer.status_code == 200
    assert answer.headers["connection"] == "close"
    assert answer.json()["apiVersion"] == api_version
    assert answer.json()["kind"] == "AdmissionReview"
    assert_denied(answer.json()["response"], review)


def test_a_padded_object_is_denied_when_it_comes_in_chunks(small: RunningServer) -> None:
    review = create()
    body = padded(review, LIMIT + 1)

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 7001):
            yield body[start : start + 7001]

    with small.client() as client:
        answer = client.post("/validate", content=chunks(), headers=JSON)
    assert answer.status_code == 200
    assert_denied(answer.json()["response"], review)


@pytest.mark.parametrize("item", [b"{}", b"[]", b"1"])
async def test_a_body_of_many_values_is_denied_before_it_is_read(item: bytes) -> None:
    review = create()
    limit = 10_000
    scene = Scene(ReviewLimits(body_values=limit))
    for count in (limit // 2 - 200, 3 * limit):
        review["request"]["object"]["unknown"] = "ITEMS"
        items = b"[%b]" % b",".join([item] * count)
        body = json.dumps(review).encode().replace(b'"ITEMS"', items)
        client = await scene.begin(Client(length=len(body)))
        client.send(body)
        code, _, answer = await client.answer()
        assert code == 200
        response = answer["response"]
        assert isinstance(response, dict)
        if count < limit:
            assert response["allowed"] is True
        else:
            assert_denied(response, review, limit)


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_of_just_the_limit_is_read(small: RunningServer, *, chunked: bool) -> None:
    body = padded(create(), LIMIT)
    with small.client() as client:
        answer = client.post("/mutate", content=iter([body]) if chunked else body, headers=JSON)
    assert answer.json()["response"]["allowed"] is True
    assert "connection" not in answer.headers


def test_the_six_byte_attack_on_the_default_limit_is_denied(server: RunningServer) -> None:
    """1.4 MB of annotations that a client may send make a review of more than 8 MiB."""
    review = create({"binaryVersion": "nonsense"})
    body = padded(review, BODY_LIMIT + 1)
    with server.client() as client:
        answer = client.post("/validate", content=body, headers=JSON)
    assert_denied(answer.json()["response"], review, BODY_LIMIT)


@pytest.mark.parametrize(
    ("request_part", "said"),
    [
        pytest.param({"operation": "DELETE"}, "", id="DELETE"),
        pytest.param({"operation": "CONNECT"}, "", id="CONNECT"),
        pytest.param({"subResource": "status"}, "/status", id="a subresource"),
        pytest.param(
            {"resource": {"group": "", "version": "v1", "resource": "pods"}},
            "pods.v1",
            id="another resource",
        ),
    ],
)
def test_what_would_be_allowed_unread_is_allowed_at_any_size(
    small: RunningServer, request_part: Json, said: str
) -> None:
    review = create(**request_part)
    request = review["request"]
    large = request.pop("object")
    # The object comes last, as with kube-apiserver.
    request["object"] = large
    with small.client() as client:
        answer = client.post("/validate", content=padded(review, LIMIT * 2), headers=JSON)
    response = answer.json()["response"]
    assert response["uid"] == request["uid"]
    assert response["allowed"] is True
    assert said in "".join(response.get("warnings", []))


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"x", id="not JSON"),
        pytest.param(b'{"kind":"AdmissionReview",', id="no request in sight"),
        pytest.param(b"[" * 10_000, id="a nesting bomb"),
        pytest.param(b'{"request":{"uid":"\xff', id="bad UTF-8"),
        pytest.param(
            b'{"kind":"AdmissionReview","apiVersion":"v9","request":{"uid":"u"},', id="no version"
        ),
    ],
)
def test_a_large_body_that_names_no_request_is_refused(
    small: RunningServer, recorder: Recorder, start: bytes
) -> None:
    with small.client() as client:
        answer = client.post("/validate", content=start.ljust(LIMIT + 1, b" "), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["kind"] == "Status"
    assert answer.json()["reason"] == "RequestEntityTooLarge"
    assert str(LIMIT) in answer.json()["message"]
    recorder.wait_until(lambda told: any(code == 413 for _, code, _ in told.refusals))


def test_the_decision_is_told_to_the_observer(small: RunningServer, recorder: Recorder) -> None:
    with small.client() as client:
        for uid, operation in (("uid-denied", "CREATE"), ("uid-allowed", "DELETE")):
            body = padded(create(uid=uid, operation=operation), LIMIT + 1)
            client.post("/validate", content=body, headers=JSON)
    kinds: dict[str, type] = {"uid-denied": Denied, "uid-allowed": Allowed}
    recorder.wait_until(
        lambda told: (
            kinds.items()
            <= {uid: type(verdict) for _, uid, verdict in told.oversized_verdicts}.items()
        )
    )


@pytest.mark.parametrize("transfer", ["Content-Length: 1000000000", "Transfer-Encoding: chunked"])
def test_a_client_that_keeps_writing_gets_the_whole_answer_and_an_end(
    small: RunningServer, transfer: str
) -> None:
    review = create()
    # One chunk that never ends.
    chunk = b"3b9aca00\r\n" if "chunked" in transfer else b""
    start = head("/validate", transfer) + chunk + padded(review, LIMIT + 1)
    answer = last_answer(small, chain([start], repeat(b"<" * 65536)))
    assert answer.code == 200
    assert answer.headers["connection"] == "close"
    assert_denied(json.loads(answer.body)["response"], review)


def test_a_client_that_stops_sending_gets_the_answer_without_waiting(small: RunningServer) -> None:
    """The declared length is enough to decide, once the start of the body has come."""
    review = create()
    with small.connect() as connection:
        connection.sendall(head("/validate", f"Content-Length: {LIMIT * 10}"))
        connection.sendall(padded(review, LIMIT - 10))
        answer = read_answer(connection)
    assert_denied(json.loads(answer.body)["response"], review)


def test_a_large_body_does_not_stay_in_memory(small: RunningServer) -> None:
    """A hundred times the limit goes through; what is held at its peak is a fraction of it."""
    review = create()
    body = padded(review, LIMIT * 100)
    tracemalloc.start()
    try:
        with small.connect() as connection:
            connection.sendall(head("/validate", "Transfer-Encoding: chunked"))
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            view = memoryview(body)
            for begin in range(0, len(body), 16384):
                part = view[begin : begin + 16384]
                connection.sendall(b"%x\r\n" % len(part))
                connection.sendall(part)
                connection.sendall(b"\r\n")
            connection.sendall(b"0\r\n\r\n")
            answer = read_answer(connection)
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert_denied(json.loads(answer.body)["response"], review)
    assert peak - before < len(body) / 4


def test_a_name_cut_in_the_middle_of_a_character_still_leaves_the_uid(
    small: RunningServer,
) -> None:
    review: dict[str, Any] = recorded("validate-create-valid")
    review["request"]["object"]["metadata"]["annotations"] = {"smile": "\N{GRINNING FACE}" * LIMIT}
    for shift in range(4):
        review["request"]["object"]["metadata"]["annotations"]["a"] = "x" * shift
        body = json.dumps(review, ensure_ascii=False, sort_keys=False).encode()
        with small.client() as client:
            answer = client.post("/validate", content=body, headers=JSON)
        assert answer.status_code == 200
        assert_denied(answer.json()["response"], review)
