"""Every review that a live kube-apiserver sent, answered over TLS by both endpoints."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.reviews import RECORDED, recorded

if TYPE_CHECKING:
    import httpx2

INVALID = "FieldValueInvalid"
NOT_A_VERSION = 'Invalid value: "v1.33.0": must be a valid semantic version'
TOO_LOW = 'Invalid value: "{}": must be greater than or equal to `emulationVersion`'
LEADING_V = [
    (INVALID, "spec.binaryVersion", NOT_A_VERSION),
    (INVALID, "spec.binaryVersion", TOO_LOW.format("v1.33.0")),
]
CAUSES = {
    # Recorded on the way to the mutating hook, so before anybody checked or named them.
    "mutate-create-by-server-side-apply": LEADING_V,
    "mutate-create-with-leading-v": LEADING_V,
    "mutate-create-emulation-above-binary": [
        (INVALID, "spec.binaryVersion", TOO_LOW.format("1.33.0"))
    ],
    "mutate-create-with-generate-name": [
        (
            "FieldValueRequired",
            "metadata.name",
            "Required value: name or generateName is required",
        )
    ],
    "mutate-update-changes-lease-name": [
        (INVALID, "spec.leaseName", 'Invalid value: "other": field is immutable')
    ],
}
STRIPPED_V = [{"op": "replace", "path": "/spec/binaryVersion", "value": "1.33.0"}]
PATCHES = {
    "mutate-create-by-server-side-apply": STRIPPED_V,
    "mutate-create-with-leading-v": STRIPPED_V,
}

every_recorded_review = pytest.mark.parametrize("name", RECORDED)


def answer_to(client: httpx2.Client, path: str, name: str) -> dict[str, Any]:
    """Return the response to a recorded review, after what holds for all of them."""
    answer = client.post(path, content=RECORDED[name], headers={"Content-Type": "application/json"})
    uid = recorded(name)["request"]["uid"]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert b'"uid":"%s"' % uid.encode() in answer.content
    review = answer.json()
    assert review["apiVersion"] == recorded(name)["apiVersion"]
    assert review["kind"] == "AdmissionReview"
    assert review["response"]["uid"] == uid
    response: dict[str, Any] = review["response"]
    return response


@every_recorded_review
def test_validate_answers_a_recorded_review(client: httpx2.Client, name: str) -> None:
    response = answer_to(client, "/validate", name)
    assert "patch" not in response
    if name not in CAUSES:
        assert response["allowed"] is True
        assert "status" not in response
        return
    assert response["allowed"] is False
    status = response["status"]
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert [
        (cause["reason"], cause["field"], cause["message"]) for cause in status["details"]["causes"]
    ] == CAUSES[name]


@every_recorded_review
def test_mutate_answers_a_recorded_review(client: httpx2.Client, name: str) -> None:
    response = answer_to(client, "/mutate", name)
    assert response["allowed"] is True
    assert "status" not in response
    if name not in PATCHES:
        assert "patch" not in response
        assert "patchType" not in response
        return
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"], validate=True)) == PATCHES[name]
    assert any('"v1.33.0"' in warning and '"1.33.0"' in warning for warning in response["warnings"])


def test_the_tables_name_recorded_reviews() -> None:
    assert CAUSES.keys() | PATCHES.keys() <= RECORDED.keys()
