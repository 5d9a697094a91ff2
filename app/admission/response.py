"""A Verdict as the bytes of an AdmissionReview, in the version that was asked.

Source of what must be there and what must not: apiserver `pkg/admission/plugin/webhook/request/
admissionreview.go`, VerifyAdmissionResponse.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Final

from pydantic_core import to_json

from app.admission.verdict import Allowed, Denied, Patched, Verdict
from app.admission.warnings import tidy

MESSAGE_LIMIT: Final = 4096
"""Bytes of `status.message`, and characters of each of the names in its details."""

_ALLOWED: Final = (
    b'{"apiVersion":%b,"kind":"AdmissionReview","response":{"uid":%b,"allowed":true%b}}'
)
_quoted = lru_cache(maxsize=4)(to_json)


@lru_cache(maxsize=16)
def _annotated(annotations: tuple[tuple[str, str], ...]) -> bytes:
    return b',"auditAnnotations":%b' % to_json(dict(annotations)) if annotations else b""


def render(api_version: str, uid: str, verdict: Verdict) -> bytes:
    """Return the answer to the request `uid`."""
    if isinstance(verdict, Allowed) and not verdict.warnings:
        # What nearly every answer is.
        annotations = _annotated(verdict.audit_annotations)
        return _ALLOWED % (_quoted(api_version), to_json(uid), annotations)
    response: dict[str, object] = {"uid": uid, "allowed": not isinstance(verdict, Denied)}
    match verdict:
        case Allowed():
            pass
        case Denied():
            response["status"] = _status(verdict)
        case Patched(operations=operations):
            patch = [
                {"op": "replace", "path": operation.path, "value": operation.value}
                for operation in operations
            ]
            response["patchType"] = "JSONPatch"
            response["patch"] = base64.b64encode(to_json(patch)).decode()
    if warnings := tidy(verdict.warnings):
        response["warnings"] = warnings
    if verdict.audit_annotations:
        response["auditAnnotations"] = dict(verdict.audit_annotations)
    return to_json({"apiVersion": api_version, "kind": "AdmissionReview", "response": response})


def _status(denied: Denied) -> dict[str, object]:
    status: dict[str, object] = {
        "metadata": {},
        "status": "Failure",
        "message": _cut(denied.message),
        "reason": denied.reason,
        "code": denied.code,
    }
    details: dict[str, object] = {
        name: value[:MESSAGE_LIMIT]
        for name, value in (
            ("name", denied.name),
            ("group", denied.group),
            ("kind", denied.kind),
            ("uid", denied.uid),
        )
        if value
    }
    if denied.causes:
        details["causes"] = [
            {"reason": cause.reason, "message": cause.message, "field": cause.field}
            for cause in denied.causes
        ]
    if details:
        status["details"] = details
    return status


def _cut(message: str) -> str:
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= MESSAGE_LIMIT:
        return message
    return encoded[: MESSAGE_LIMIT - 3].decode("utf-8", "ignore") + "..."
