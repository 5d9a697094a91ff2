"""Remembering what texts mean: heartbeats repeat the same versions and times for hours."""

from __future__ import annotations

from functools import lru_cache, update_wrapper
from typing import TYPE_CHECKING, Final, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS: Final = 1024
LENGTH: Final = 64

Texts = ParamSpec("Texts")
Meaning = TypeVar("Meaning")


class Remembering(Generic[Texts, Meaning]):
    """Makes a pure function of texts remember its last 1,024 results.

    Where a text has more than 64 characters nothing is remembered, so that hostile ones cannot fill
    the memory; neither is what was raised.
    """

    def __init__(self, read: Callable[Texts, Meaning]) -> None:
        self._read = read
        self._remembered = lru_cache(maxsize=RESULTS)(self._read_short)
        self.forget: Callable[[], None] = self._remembered.cache_clear
        update_wrapper(self, read)

    def __call__(self, *texts: Texts.args, **named: Texts.kwargs) -> Meaning:
        """Read or remember."""
        try:
            return self._remembered(*texts, **named)  # type: ignore[arg-type]
        except _TooLongError:
            return self._read(*texts, **named)

    def _read_short(self, *texts: Texts.args, **named: Texts.kwargs) -> Meaning:
        if max(map(len, texts)) > LENGTH:  # type: ignore[arg-type]
            raise _TooLongError
        return self._read(*texts, **named)


class _TooLongError(Exception):
    """A text that is not remembered. Nor is this: a cache keeps what is returned."""
