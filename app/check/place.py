"""Where something stands in a file, and what cannot be read there."""

from __future__ import annotations

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

    def below(self, first_line: int) -> Position:
        """Return the position in a file, of which line 1 here is `first_line`."""
        return Position(self.line + first_line - 1, self.column)


START: Final = Position()


class UnreadableError(LeasegateError, ValueError):
    """A text that is no document: what is wrong, and where."""

    def __init__(self, problem: str, position: Position = START) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


def position_at(text: str, offset: int, origin: Position = START) -> Position:
    """Return the position of the character at `offset` of a text that begins at `origin`."""
    lines = text.count("\n", 0, offset)
    if not lines:
        return Position(origin.line, origin.column + offset)
    return Position(origin.line + lines, offset - text.rfind("\n", 0, offset))
