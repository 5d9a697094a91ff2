"""A cache of parsed texts: heartbeats repeat the same versions and times for hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS: Final = 1024
LENGTH: Final = 64

Result = TypeVar("Result")


class TextCache(dict[str, Result]):
    """`cache[text]` is `read(text)` for a pure function; at most 1,024 results are kept.

    A dict, so that a hit runs no Python code. Results of texts of more than 64 characters are not
    kept, so that hostile texts cannot fill the memory; neither are exceptions.
    """

    def __init__(self, read: Callable[[str], Result]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Result:
        result = self._read(text)
        if len(text) <= LENGTH:
            if len(self) >= RESULTS:
                self.clear()
            self[text] = result
        return result
