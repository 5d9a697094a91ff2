"""AdmissionReviews for tests: those recorded from a live kube-apiserver, and variations of one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonpatch

from app.webhooks import parse_candidates

if TYPE_CHECKING:
    from app.admission import Review
    from app.leasecandidate import LeaseCandidate

Json = dict[str, Any]

_FOLDER = Path(__file__).parent / "data" / "reviews"

RECORDED = {path.stem: path.read_bytes() for path in sorted(_FOLDER.glob("*.json"))}
"""Name -> body, as kube-apiserver 1.36 sent it."""


def recorded(name: str) -> Json:
    """Return a recorded review, parsed."""
    review: Json = json.loads(RECORDED[name])
    return review


def create(spec: Json | None = None, **request: object) -> Json:
    """Return a valid CREATE with changes to its candidate's spec and to the request.

    A change to None takes the field away.
    """
    review = recorded("validate-create-valid")
    _change(review["request"]["object"]["spec"], spec or {})
    _change(review["request"], request)
    return review


def update(spec: Json | None = None, **request: object) -> Json:
    """Return a valid UPDATE, likewise."""
    review = recorded("validate-update-renews")
    _change(review["request"]["object"]["spec"], spec or {})
    _change(review["request"], request)
    return review


def encode(review: object) -> bytes:
    """Return the bytes of a review."""
    return json.dumps(review).encode()


def read_review(body: bytes | bytearray) -> Review[LeaseCandidate]:
    """Return the request in a body as the hooks get it."""
    return parse_candidates(body).request


def put(target: Any, path: list[int], value: object) -> None:  # noqa: ANN401  JSON
    """Set what is found by going down `path`; a step counts the children of a level."""
    for step in path:
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = keys[step % len(keys)]
        if not isinstance(target[key], dict | list) or not target[key] or step == path[-1]:
            target[key] = value
            return
        target = target[key]


def patched(review: Json, answer: Json) -> Json:
    """Return the review with its object as the answer's patch changes it."""
    operations = json.loads(base64.b64decode(answer["response"]["patch"]))
    changed: Json = json.loads(json.dumps(review))
    changed["request"]["object"] = jsonpatch.apply_patch(changed["request"]["object"], operations)
    return changed


def _change(target: Json, changes: Json) -> None:
    for name, value in changes.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value
