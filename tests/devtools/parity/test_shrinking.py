"""The smallest question that still gets two answers."""

from __future__ import annotations

from typing import Any

from app.leasecandidate.submission import Destination
from devtools.parity.question import Question
from devtools.parity.shrink import shrink


def test_only_what_makes_the_difference_is_left() -> None:
    body: dict[str, Any] = {
        "metadata": {"name": "a" * 300, "labels": {"a": "b"}, "finalizers": ["x", "bad!", "y"]},
        "spec": {"leaseName": "example"},
    }

    def differs(question: Question) -> bool:
        metadata: Any = question.body
        return any("!" in text for text in metadata.get("metadata", {}).get("finalizers", ()))

    found = shrink(Question(Destination("v1beta1", "parity"), body), differs)
    assert found.body == {"metadata": {"finalizers": ["!"]}}
    assert body["metadata"]["finalizers"] == ["x", "bad!", "y"]


def test_a_question_that_is_no_object_stays_as_it_is() -> None:
    question = Question(Destination("v1beta1", "parity"), None)
    assert shrink(question, lambda _: True) == question
