"""Limits how many log records of one kind are written in an interval."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS: Final = 10
"""Of each kind, in each interval."""
INTERVAL_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Interval:
    started: float = float("-inf")
    passed: int = 0
    held_back: int = 0


class Throttle:
    """Lets `RECORDS` of each kind pass in an interval; kinds are few. `now` is in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._intervals: defaultdict[int, _Interval] = defaultdict(_Interval)

    def pass_one(self, kind: int) -> int | None:
        """Return None to hold this one back; else how many were held back since the last pass."""
        interval = self._intervals[kind]
        now = self._now()
        if now - interval.started >= INTERVAL_SECONDS:
            interval.started, interval.passed = now, 0
        if interval.passed >= RECORDS:
            interval.held_back += 1
            return None
        interval.passed += 1
        held_back, interval.held_back = interval.held_back, 0
        return held_back
