"""How well what is known of a resource agrees with what the API server stores of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WATCH_SECONDS: Final = 240
"""How long the API server keeps one watch open."""

STALE_SECONDS: Final = WATCH_SECONDS + 60.0
"""After so long without a word of the API server, what is known counts as not known: a watch that
is reopened in the normal course of things leaves no gap."""


class WatchState(StrEnum):
    """What a ResourceWatch is doing, or why it knows nothing."""

    CONNECTING = "connecting"
    SYNCED = "synced"
    NOT_SERVED = "not served"
    OVERFLOWED = "overflowed"
    IDLE = "idle"


class WatchStatus:
    """What a ResourceWatch says of itself, and how old its news are.

    What it has listed is good as long as the API server was heard of in the last STALE_SECONDS;
    `heard` is when, in Unix time, 0 for never. `unknown` ends the sentence on what is stale.
    """

    def __init__(
        self,
        unknown: str = "siblings are not known",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = WatchState.IDLE
        self.detail = "not connected to a cluster"
        self.heard = 0.0
        self._unknown = unknown
        self._clock = clock
        self._good_until: float | None = None

    def hear(self) -> None:
        """Record that the API server has just said something of what is known here."""
        self.heard = time.time()
        if self._good_until is not None:
            self._good_until = self._clock() + STALE_SECONDS

    def know(self) -> None:
        """Record that everything there is was just listed."""
        self._good_until = self._clock() + STALE_SECONDS
        self.heard = time.time()

    def lose(self) -> None:
        """Record that nobody knows what there is."""
        self._good_until = None

    def overflow(self, detail: str) -> None:
        """Record that there is more than is remembered."""
        self.state, self.detail = WatchState.OVERFLOWED, detail
        self._good_until = None

    @property
    def is_known(self) -> bool:
        """Whether what is remembered is what there is."""
        return self._good_until is not None and not self.is_stale

    @property
    def is_stale(self) -> bool:
        """Whether it was known once, and nothing was heard for too long."""
        return self._good_until is not None and self._clock() > self._good_until

    def note(self) -> str:
        """Say what is known, in one sentence for /readyz."""
        said = f"{self.state.value}: {self.detail}"
        if self._good_until is None or self.state is WatchState.SYNCED:
            return said
        since = datetime.fromtimestamp(self.heard, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        what = self._unknown if self.is_stale else "what is known is of then"
        return f"{said}; nothing was heard since {since}, {what}"
