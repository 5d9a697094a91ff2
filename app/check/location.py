"""Where a value stands in a file, and what cannot be read there."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from app.errors import LeasegateError

Path = tuple[str | int, ...]
"""The keys and indices that lead from the root of a document to a value."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A line and a column (a character in it), both from 1."""

    line: int = 1
    column: int = 1


START: Final = Position()


class UnreadableError(LeasegateError, ValueError):
    """A text that is no document: what is wrong, and where in the file."""

    def __init__(self, problem: str, position: Position = START) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


class Lines:
    """The lines of a text, of which the first is `first_line` of its file."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._first_line = first_line

    def position(self, offset: int) -> Position:
        """Return the position of the character at `offset`."""
        index = bisect_right(self._starts, offset) - 1
        return Position(self._first_line + index, offset - self._starts[index] + 1)
