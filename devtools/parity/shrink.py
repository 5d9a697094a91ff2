"""Make a question that gets two answers as small as it can be."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devtools.parity.question import Question

_ATTEMPTS: Final = 2_000


def shrink(question: Question, still_differs: Callable[[Question], bool]) -> Question:
    """Leave out fields and items and halve texts for as long as the answers still differ."""
    attempts = 0
    smaller = True
    while smaller:
        smaller = False
        for body in _smaller(question.body):
            attempts += 1
            if attempts > _ATTEMPTS:
                return question
            candidate = replace(question, body=body)
            if still_differs(candidate):
                question, smaller = candidate, True
                break
    return question


def _smaller(body: object) -> Iterator[object]:
    """Yield copies of `body`, each with one thing less."""
    for path in list(_paths(body)):
        shorter = copy.deepcopy(body)
        parent: Any = shorter
        for step in path[:-1]:
            parent = parent[step]
        value = parent[path[-1]]
        if isinstance(value, str) and len(value) > 1:
            for half in (value[: len(value) // 2], value[len(value) // 2 :], value[:-1], value[1:]):
                parent[path[-1]] = half
                yield copy.deepcopy(shorter)
        del parent[path[-1]]
        yield shorter


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where everything in `value` is, the outer before the inner."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for step, _ in items:
        yield (*path, step)
    for step, inner in items:
        yield from _paths(inner, (*path, step))
