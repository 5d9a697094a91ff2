"""A verdict as the bytes of an AdmissionReview."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.admission import Allowed, Cause, Denied, Patched, ReplaceOperation
from app.admission.response import MESSAGE_LIMIT, render

V1 = "admission.k8s.io/v1"
DENIED = Denied(code=422, reason="Invalid", message="no")


def response(verdict: Allowed | Denied | Patched, uid: str = "u") -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render(V1, uid, verdict))["response"]
    return parsed


@pytest.mark.parametrize("api_version", [V1, "admission.k8s.io/v1beta1"])
@pytest.mark.parametrize("verdict", [Allowed(), DENIED, Patched(operations=())])
def test_the_answer_is_in_the_version_that_was_asked(
    api_version: str, verdict: Allowed | Denied | Patched
) -> None:
    answer = json.loads(render(api_version, "u", verdict))
    assert answer["apiVersion"] == api_version
    assert answer["kind"] == "AdmissionReview"
    assert answer.keys() == {"apiVersion", "kind", "response"}


def test_a_plain_allow_says_nothing_else() -> None:
    assert response(Allowed()) == {"uid": "u", "allowed": True}


def test_what_is_for_our_own_records_stays_with_us() -> None:
    assert response(Allowed(misregistration="m", defect="d")) == {"uid": "u", "allowed": True}


def test_a_denial_carries_a_whole_status() -> None:
    denied = Denied(
        code=422,
        reason="Invalid",
        message="m",
        group="g",
        kind="K",
        name="n",
        uid="o",
        causes=(Cause("FieldValueRequired", "spec.leaseName", "Required value"),),
        warnings=("w",),
        audit_annotations=(("decision", "denied"),),
    )
    assert response(denied) == {
        "uid": "u",
        "allowed": False,
        "warnings": ["w"],
        "auditAnnotations": {"decision": "denied"},
        "status": {
            "metadata": {},
            "status": "Failure",
            "message": "m",
            "reason": "Invalid",
            "code": 422,
            "details": {
                "name": "n",
                "group": "g",
                "kind": "K",
                "uid": "o",
                "causes": [
                    {
                        "reason": "FieldValueRequired",
                        "message": "Required value",
                        "field": "spec.leaseName",
                    }
                ],
            },
        },
    }


def test_details_that_are_not_known_are_absent() -> None:
    assert "details" not in response(DENIED)["status"]


def test_a_patch_is_base64_json_with_its_type() -> None:
    verdict = Patched(operations=(ReplaceOperation("/spec/binaryVersion", "1.33.0"),))
    answer = response(verdict)
    assert answer["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(answer["patch"], validate=True)) == [
        {"op": "replace", "path": "/spec/binaryVersion", "value": "1.33.0"}
    ]
    assert "status" not in answer


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_the_uid_comes_back_as_it_was(uid: str) -> None:
    body = render(V1, uid, Allowed())
    assert json.loads(body)["response"]["uid"] == uid


@pytest.mark.parametrize("unit", ["x", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("more", [-1, 0, 1, 2, 3, 100_000])
def test_a_long_message_is_cut_between_characters_and_says_so(unit: str, more: int) -> None:
    size = len(unit.encode())
    message = unit * ((MESSAGE_LIMIT + more) // size) + "y" * ((MESSAGE_LIMIT + more) % size)
    sent = response(Denied(code=422, reason="Invalid", message=message))["status"]["message"]
    assert len(sent.encode()) <= MESSAGE_LIMIT
    if more <= 0:
        assert sent == message
    else:
        assert sent.endswith("...")
        assert message.startswith(sent[:-3])
        assert len(sent.encode()) > MESSAGE_LIMIT - 4


def test_causes_are_never_cut() -> None:
    long = "x" * 100_000
    denied = Denied(
        code=422, reason="Invalid", message="m", causes=(Cause("FieldValueInvalid", "f", long),) * 9
    )
    causes = response(denied)["status"]["details"]["causes"]
    assert [cause["message"] for cause in causes] == [long] * 9


@given(st.text(), st.text(), st.text())
def test_any_text_makes_a_well_formed_answer(message: str, name: str, warning: str) -> None:
    answer = response(
        Denied(code=422, reason="Invalid", message=message, name=name, warnings=(warning,))
    )
    assert answer["status"]["message"] == message
    assert answer["status"].get("details", {}).get("name", "") == name
