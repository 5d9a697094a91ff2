"""Whether what is kept of a resource is what the API server stores."""

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
"""After so long without an answer of the API server, what is kept counts as not known. A watch that
ends at its timeout and is opened again stays below that."""


class WatchState(StrEnum):
    """What a ResourceWatch is doing, or why it knows nothing."""

    CONNECTING = "connecting"
    SYNCED = "synced"
    NOT_SERVED = "not served"
    OVERFLOWED = "overflowed"
    IDLE = "idle"


class WatchStatus:
    """The state of a ResourceWatch, and how old its last event is.

    What it has listed is known as long as the API server has sent something in the last
    STALE_SECONDS. `heard` is when it last did, in Unix time, 0 for never. `unknown` ends the
    sentence of `note` where that is too long ago.
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
        """Record that the API server has just sent something about the resource."""
        self.heard = time.time()
        if self._good_until is not None:
            self._good_until = self._clock() + STALE_SECONDS

    def know(self) -> None:
        """Record that the whole resource was just listed."""
        self._good_until = self._clock() + STALE_SECONDS
        self.heard = time.time()

    def lose(self) -> None:
        """Record that the content of the resource is not known."""
        self._good_until = None

    def overflow(self, detail: str) -> None:
        """Record that there are more objects than are kept."""
        self.state, self.detail = WatchState.OVERFLOWED, detail
        self._good_until = None

    @property
    def is_known(self) -> bool:
        """Whether what is kept is what the API server stores, or was a moment ago."""
        return self._good_until is not None and not self.is_stale

    @property
    def is_stale(self) -> bool:
        """Whether the resource was listed, and then nothing was heard for STALE_SECONDS."""
        return self._good_until is not None and self._clock() > self._good_until

    def note(self) -> str:
        """Return the state, in one sentence for /readyz."""
        said = f"{self.state.value}: {self.detail}"
        if self._good_until is None or self.state is WatchState.SYNCED:
            return said
        since = datetime.fromtimestamp(self.heard, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        what = self._unknown if self.is_stale else "what is known is of then"
        return f"{said}; nothing was heard since {since}, {what}"
