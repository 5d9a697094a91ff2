"""Reads the beginning of a review whose body is too large to be read.

kube-apiserver writes uid, kind, resource and operation before the objects, so the beginning of the
body names the request. An HTTP error instead of a decision would let the write through under
failurePolicy Ignore.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from pydantic_core import from_json

from app.admission.review import GroupVersionResource

_API_VERSIONS: Final = ("admission.k8s.io/v1", "admission.k8s.io/v1beta1")


@dataclass(frozen=True, slots=True)
class ReviewStart:
    """The part of a review that stands before its objects; the operation may be missing."""

    api_version: str
    uid: str
    operation: str = ""
    name: str = ""
    sub_resource: str = ""
    resource: GroupVersionResource | None = None


def recover(start: bytes | bytearray) -> ReviewStart | None:
    """Return what the beginning of a body says of its request, None where it names none."""
    try:
        envelope = from_json(start, allow_partial=True)
    except ValueError:
        return None
    match envelope:
        case {
            "apiVersion": str(api_version),
            "kind": "AdmissionReview",
            "request": {"uid": str(uid), **request},
        } if api_version in _API_VERSIONS and uid:
            return ReviewStart(
                api_version,
                uid,
                _text(request.get("operation")),
                _text(request.get("name")),
                _text(request.get("subResource")),
                _resource(request.get("resource")),
            )
        case _:
            return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _resource(value: object) -> GroupVersionResource | None:
    try:
        return GroupVersionResource.model_validate(value)
    except ValidationError:
        return None
