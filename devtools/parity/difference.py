"""Whether two answers to one question are the same."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from devtools.parity.question import Answer, Cause, Question

_SHOWN_LENGTH: Final = 300
_OF_MAPS: Final = frozenset({"metadata.labels", "metadata.annotations"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that got two answers."""

    question: Question
    server: Answer
    ours: Answer

    @property
    def size(self) -> int:
        """How long the question is, written down."""
        return len(json.dumps(self.question.body))

    def __str__(self) -> str:
        question = self.question
        lines = [f"{'PUT' if question.destination.name else 'POST'} to {question.destination}"]
        lines.append(json.dumps(question.body))
        if question.stored is not None:
            lines.append(f"where there is {json.dumps(question.stored)}")
        lines += ["the server says:", *_lines(self.server), "we say:", *_lines(self.ours)]
        return "\n".join(lines)


def differ(server: Answer, ours: Answer) -> bool:
    """Compare two answers, in what the order of Go's maps does not decide."""
    return _comparable(server) != _comparable(ours)


def _comparable(answer: Answer) -> Answer:
    if len(answer.causes) < 2:
        return answer
    return replace(answer, causes=_maps_in_order(answer.causes))


def _maps_in_order(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Sort each run of causes about one map: Go walks maps in random order."""
    ordered: list[Cause] = []
    for field, group in groupby(causes, key=lambda cause: cause.field):
        run = list(group)
        ordered += sorted(run, key=str) if field in _OF_MAPS else run
    return tuple(ordered)


def _lines(answer: Answer) -> list[str]:
    lines = [f"{answer.code} {answer.name!r}", *map(str, answer.causes)]
    if answer.stored is not None:
        lines.append(f"stored: {json.dumps(answer.stored)}")
    return [
        "  " + (line if len(line) <= _SHOWN_LENGTH else f"{line[:_SHOWN_LENGTH]}...{line[-80:]}")
        for line in lines
    ]
