"""Our clock, and whether it agrees with the server's.

Rules on time compare with our clock. A wrong clock must not stop elections, so our clock is
compared with times that kube-apiserver wrote: the Date of its API answers, or the creationTimestamp
of a CREATE review (which the server always sets itself; apiserver `pkg/registry/rest/meta.go`).
Without any such time the clock is not trusted.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SAMPLES: Final = 9
# A median of fewer could be made up by one forged review.
_LEAST_SAMPLES: Final = 3
# creationTimestamp and Date are cut to whole seconds, so on average half a second has gone by.
_RESOLUTION: Final = timedelta(seconds=0.5)
_API_EVIDENCE_LIFETIME: Final = timedelta(minutes=10)


class ServerClock:
    """Keeps the offset between our clock and the server's.

    The Date of an API answer counts for ten minutes, since it comes from a server that we
    authenticated. Without one, the median of the last reviews counts, if there are three: any
    client can send reviews, so one alone is no evidence. `now` returns the current time, aware.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self._reviews: deque[timedelta] = deque(maxlen=_SAMPLES)
        self._api: tuple[datetime, timedelta] | None = None

    def observe_api_date(self, server_time: datetime) -> None:
        """Compare with the Date of an API answer that was just received."""
        now = self.now()
        self._api = (now, now - server_time - _RESOLUTION)

    def observe_creation(self, creation_timestamp: str | None) -> None:
        """Compare with the creationTimestamp of a CREATE review that was just received."""
        try:
            created = datetime.fromisoformat(creation_timestamp or "")
            if created.tzinfo is not None:
                self._reviews.append(self.now() - created.astimezone(UTC) - _RESOLUTION)
        except (ValueError, OverflowError):
            return

    @property
    def offset(self) -> timedelta | None:
        """How far our clock is ahead of the server's (negative: behind); None without evidence."""
        offset = self.api_offset
        if offset is not None:
            return offset
        if len(self._reviews) < _LEAST_SAMPLES:
            return None
        # The median: single reviews that were long on their way, or forged, do not count.
        return sorted(self._reviews)[len(self._reviews) // 2]

    @property
    def api_offset(self) -> timedelta | None:
        """How far our clock is ahead of the API server's, by an answer of the last ten minutes.

        Unlike `offset`, it uses nothing that a client could forge.
        """
        if self._api is None:
            return None
        when, offset = self._api
        return offset if abs(self.now() - when) <= _API_EVIDENCE_LIFETIME else None

    def api_now(self) -> datetime:
        """Return the API server's time by its last answer, however old that is; without one, ours.

        The offset of a clock changes slowly, so an old one is better than none.
        """
        return self.now() - (self._api[1] if self._api is not None else timedelta())

    def note(self) -> str:
        """Return how far our clock is from the API server's, in words for /readyz."""
        offset = self.api_offset
        if offset is None:
            return "not compared: there is no answer of an API server"
        seconds = round(offset.total_seconds())
        if not seconds:
            return "as the API server's"
        return f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the API server's"

    def is_trusted(self, skew: timedelta) -> bool:
        """Whether there is evidence that both clocks agree within `skew`."""
        offset = self.offset
        return offset is not None and abs(offset) <= skew
