"""Remembering what texts mean: heartbeats repeat the same versions and times for hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS: Final = 1024
LENGTH: Final = 64

Meaning = TypeVar("Meaning")


class Memory(dict[str, Meaning]):
    """`memory[text]` is `read(text)` for a pure function, and remembers 1,024 results.

    To find one takes no line of Python. Where a text has more than 64 characters nothing is
    remembered, so that hostile ones cannot fill the memory; neither is what was raised.
    """

    def __init__(self, read: Callable[[str], Meaning]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Meaning:
        meaning = self._read(text)
        if len(text) <= LENGTH:
            if len(self) >= RESULTS:
                self.clear()
            self[text] = meaning
        return meaning
