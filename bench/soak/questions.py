"""What the clients ask, and which answers are right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bench.review import heartbeats, post

_LIMIT: Final = 3 * 1024 * 1024
_REVIEWS: Final = Path(__file__).parents[2] / "examples" / "reviews"


@dataclass(frozen=True)
class Question:
    """One request, and the answer that is right."""

    request: bytes
    uid: str
    allowed: bool


def problem(answer: bytes, question: Question) -> str:
    """Return what is wrong with an answer of HTTP 200; the empty string where it is right."""
    try:
        response = json.loads(answer)["response"]
        given = (response["uid"], response["allowed"])
    except (ValueError, KeyError, TypeError):
        return f"no AdmissionReview: {answer[:200]!r}"
    right = (question.uid, question.allowed)
    return "" if given == right else f"{given} instead of {right}"


def question(body: bytes, *, allowed: bool) -> Question:
    """Return the question that a body is."""
    uid = json.loads(body)["request"]["uid"]
    return Question(post("/validate", body), uid, allowed)


@cache
def good_questions() -> list[Question]:
    """Return heartbeats, and among them reviews that must be denied."""
    denied = question((_REVIEWS / "update-changes-lease-name.json").read_bytes(), allowed=False)
    return [q for body in heartbeats(100) for q in (question(body, allowed=True), denied)]


@cache
def flood_questions() -> list[Question]:
    """Return a review that is padded to the limit, and one beyond it, which must be denied."""
    return [
        question(padded(_LIMIT - 1024), allowed=True),
        question(padded(_LIMIT + 1024), allowed=False),
    ]


@cache
def many_causes() -> bytes:
    """Return a request of 180 kB whose answer has 60 kB: as many causes as are shown."""
    review = json.loads(heartbeats(1)[0])
    long = "!" * 300
    labels = {f"{long}{number}/{long}": "!" * 70 for number in range(260)}
    review["request"]["object"]["metadata"]["labels"] = labels
    return post("/validate", json.dumps(review, separators=(",", ":")).encode())


def padded(size: int) -> bytes:
    """Return a heartbeat of so many bytes, by a field that nobody knows."""
    review = json.loads(heartbeats(1)[0])
    review["padding"] = ""
    review["padding"] = "<" * (size - len(json.dumps(review)))
    return json.dumps(review).encode()
