"""What is no decision: an HTTP error whose body is a metav1.Status that says what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.reviews import create, encode

if TYPE_CHECKING:
    import httpx2

    from tests.server.running import Recorder

REASONS = {
    400: "BadRequest",
    404: "NotFound",
    405: "MethodNotAllowed",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
}
JSON = {"Content-Type": "application/json"}


def assert_status(answer: httpx2.Response, code: int) -> str:
    """Check that an answer is a Status of failure, and return its message."""
    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/json"
    assert "location" not in answer.headers
    status = answer.json()
    message: str = status["message"]
    assert status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": REASONS[code],
        "code": code,
    }
    assert "Traceback" not in message
    assert "pydantic" not in message
    assert "\n" not in message
    return message


def without(review: dict[str, object], *path: str) -> dict[str, object]:
    """Return the review without the member at the path."""
    changed = json.loads(json.dumps(review))
    parent = changed
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    result: dict[str, object] = changed
    return result


@pytest.mark.parametrize("path", ["/validate", "/mutate"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b"", "is not JSON", id="nothing at all"),
        pytest.param(b"binaryVersion: 1.33.0", "is not JSON", id="YAML"),
        pytest.param(b'{"kind": "AdmissionReview"', "is not JSON", id="half of a review"),
        pytest.param(b'"text"', "must be a JSON object", id="a JSON string"),
        pytest.param(b"[]", "must be a JSON object, not an array", id="a JSON array"),
        pytest.param(b"null", "must be a JSON object, not null", id="JSON null"),
        pytest.param(
            encode(create() | {"kind": "Lease"}), "/kind must be 'AdmissionReview'", id="kind"
        ),
        pytest.param(
            encode(create() | {"apiVersion": "admission.k8s.io/v2"}),
            "/apiVersion must be 'admission.k8s.io/v1' or 'admission.k8s.io/v1beta1'",
            id="a version of the protocol that does not exist",
        ),
        pytest.param(encode(without(create(), "apiVersion")), "/apiVersion is required", id="v?"),
        pytest.param(encode(without(create(), "kind")), "/kind is required", id="no kind"),
        pytest.param(encode(without(create(), "request")), "/request is required", id="no request"),
        pytest.param(
            encode(create() | {"request": None}),
            "/request must be a JSON object",
            id="null request",
        ),
        pytest.param(
            encode(without(create(), "request", "uid")), "/request/uid is required", id="no uid"
        ),
        pytest.param(encode(create(uid="")), "/request/uid must not be empty", id="an empty uid"),
        pytest.param(encode(create(uid=5)), "/request/uid", id="a number as uid"),
        pytest.param(
            encode(without(create(), "request", "object")),
            "/request/object is required for CREATE",
            id="CREATE without object",
        ),
        pytest.param(
            encode(create(object=[])),
            "/request/object must be a JSON object, not an array",
            id="[]",
        ),
        pytest.param(
            encode(create(operation="UPDATE")),
            "/request/oldObject is required for UPDATE",
            id="UPDATE without oldObject",
        ),
        pytest.param(
            encode(create(operation="PATCH")), "/request/operation must be", id="an operation"
        ),
        pytest.param(
            encode(without(create(), "request", "operation")),
            "/request/operation is required",
            id="no operation",
        ),
        pytest.param(
            encode(without(create(), "request", "resource")),
            "/request/resource is required",
            id="no resource",
        ),
        pytest.param(
            encode(create({"binaryVersion": 1.33})),
            "/request/object/spec/binaryVersion",
            id="a float as version",
        ),
        pytest.param(
            encode(create({"renewTime": "yesterday"})),
            "/request/object/spec/renewTime must be an RFC 3339 time",
            id="a word as time",
        ),
        pytest.param(
            encode(create(object={"metadata": {"labels": {"a/b~c": 1}}})),
            "/request/object/metadata/labels/a~1b~0c",
            id="a number as the value of a label whose key needs escapes",
        ),
        pytest.param(
            encode(create(object={"metadata": {"finalizers": ["a", 1]}})),
            "/request/object/metadata/finalizers/1",
            id="a number among the finalizers",
        ),
        pytest.param(b'{"kind":"\xff"}', "is not JSON", id="bad UTF-8"),
        pytest.param(b'{"kind":"\\ud800"}', "is not JSON", id="a lone surrogate"),
        pytest.param(b'{"a":' * 100_000, "is not JSON", id="a nesting bomb of objects"),
        pytest.param(b"[" * 100_000, "is not JSON", id="a nesting bomb of arrays"),
    ],
)
def test_a_body_that_is_no_review_is_refused_with_the_place_and_the_problem(
    client: httpx2.Client, path: str, body: bytes, said: str
) -> None:
    message = assert_status(client.post(path, content=body, headers=JSON), 400)
    assert said in message


@pytest.mark.parametrize("path", ["/validate", "/mutate"])
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "not nothing"),
        ({"Content-Type": "text/plain"}, "not text/plain"),
        ({"Content-Type": "application/jsonp"}, "not application/jsonp"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "not application/x-www-form"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "not multipart/form-data"),
        ({"Content-Type": "application/" + "x" * 9999}, "not application/xxx"),
        (JSON | {"Content-Encoding": "gzip"}, "Content-Encoding is not supported"),
    ],
)
def test_a_body_of_another_type_is_refused_by_its_type(
    client: httpx2.Client, path: str, headers: dict[str, str], said: str
) -> None:
    answer = client.post(path, content=encode(create()), headers=headers)
    message = assert_status(answer, 415)
    assert said in message
    assert len(message) < 300


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        "application/json ; x=y; z",
    ],
)
def test_parameters_and_case_of_the_content_type_do_not_matter(
    client: httpx2.Client, content_type: str
) -> None:
    answer = client.post(
        "/validate", content=encode(create()), headers={"Content-Type": content_type}
    )
    assert answer.status_code == 200
    assert answer.json()["response"]["allowed"] is True


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/validate", "/mutate"])
def test_another_method_is_refused_and_told_which_one_to_use(
    client: httpx2.Client, method: str, path: str
) -> None:
    answer = client.request(method, path, content=b"{}", headers=JSON)
    message = assert_status(answer, 405)
    assert method in message
    assert "POST" in message
    assert answer.headers["allow"] == "POST"


def test_a_head_request_gets_the_code_and_no_body(client: httpx2.Client) -> None:
    answer = client.head("/validate")
    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/validate/",
        "/validate/x",
        "/mutate/",
        "/Validate",
        "//validate",
        "/validat",
        "/docs",
        "/redoc",
        "/%2e%2e/validate",
        "/validate%00",
        "/" + "x" * 5000,
    ],
)
def test_an_unknown_path_is_not_found_and_never_redirected(
    client: httpx2.Client, path: str
) -> None:
    answer = client.post(path, content=encode(create()), headers=JSON)
    message = assert_status(answer, 404)
    assert "/validate" in message
    assert "/mutate" in message


def test_the_query_of_kube_apiserver_is_no_part_of_the_path(client: httpx2.Client) -> None:
    answer = client.post("/validate?timeout=1s", content=encode(create()), headers=JSON)
    assert answer.status_code == 200


def test_a_refusal_is_told_to_the_observer(
    client: httpx2.Client, shared_recorder: Recorder
) -> None:
    client.post("/mutate", content=encode(create() | {"kind": "Tell"}), headers=JSON)
    shared_recorder.wait_until(
        lambda told: any(
            (webhook, code) == ("mutate", 400) and "'Tell'" in message
            for webhook, code, message in told.refusals
        )
    )


def test_a_connection_serves_on_after_a_refusal(client: httpx2.Client) -> None:
    assert client.post("/validate", content=b"x", headers=JSON).status_code == 400
    assert client.post("/validate", content=encode(create()), headers=JSON).status_code == 200
