"""The OpenAPI document of the admission endpoints, from the models that read them."""

from __future__ import annotations

from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.admission import AdmissionReview
from app.admission.status import REFUSALS
from app.leasecandidate import LeaseCandidate

_REFERENCE: Final = "#/components/schemas/{model}"
_STATUS: Final = {
    "type": "object",
    "description": "metav1.Status: why there is no decision",
    "required": ["kind", "apiVersion", "status", "message", "reason", "code"],
    "properties": {
        "kind": {"const": "Status"},
        "apiVersion": {"const": "v1"},
        "status": {"const": "Failure"},
        "message": {"type": "string"},
        "reason": {"type": "string"},
        "code": {"type": "integer"},
    },
}
_ANSWER: Final = {
    "type": "object",
    "description": "The decision, in the version of the request",
    "required": ["apiVersion", "kind", "response"],
    "properties": {
        "apiVersion": {"enum": ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"]},
        "kind": {"const": "AdmissionReview"},
        "response": {
            "type": "object",
            "required": ["uid", "allowed"],
            "properties": {
                "uid": {"type": "string"},
                "allowed": {"type": "boolean"},
                "status": {"type": "object"},
                "patchType": {"const": "JSONPatch"},
                "patch": {"type": "string", "contentEncoding": "base64"},
                "warnings": {"type": "array", "items": {"type": "string"}},
                "auditAnnotations": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                },
            },
        },
    },
}


def openapi_document(title: str, version: str) -> dict[str, object]:
    """Return the document that /openapi.json serves."""
    document: dict[str, object] = get_openapi(title=title, version=version, routes=[])
    _, definitions = models_json_schema(
        [(AdmissionReview, "validation"), (LeaseCandidate, "validation")],
        ref_template=_REFERENCE,
    )
    schemas: dict[str, dict[str, Any]] = definitions["$defs"]
    candidate = {"anyOf": [_reference("LeaseCandidate"), {"type": "null"}]}
    review = schemas["Review"]
    review["properties"] |= {"object": candidate, "oldObject": candidate}
    review["anyOf"] = [
        _needs("CREATE", "object"),
        _needs("UPDATE", "object", "oldObject"),
        _needs("DELETE"),
        _needs("CONNECT"),
    ]
    document["paths"] = {
        "/validate": {"post": _operation("Check a write against the rules")},
        "/mutate": {"post": _operation("Strip a leading v from versions")},
    }
    document["components"] = {"schemas": schemas | {"Status": _STATUS, "Answer": _ANSWER}}
    return document


def _reference(model: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model)}


def _needs(operation: str, *objects: str) -> dict[str, object]:
    """Describe what a request for an operation must have."""
    present = {name: _reference("LeaseCandidate") for name in objects}
    return {
        "properties": {"operation": {"const": operation}, **present},
        "required": ["operation", *objects],
    }


def _content(model: str) -> dict[str, object]:
    return {"application/json": {"schema": _reference(model)}}


def _operation(summary: str) -> dict[str, object]:
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": _content("AdmissionReview")},
        "responses": {
            "200": {"description": "A decision", "content": _content("Answer")},
            **{
                str(code): {"description": refusal.meaning, "content": _content("Status")}
                for code, refusal in REFUSALS.items()
            },
        },
    }
