"""What has changed in the Leases since the last look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.explain.explanation import Explanation, explain_all
from app.explain.words import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.explain.objects import Key
    from app.explain.selection import Selection
    from app.explain.snapshot import Snapshot
    from app.leasecandidate import MicroTime


class _Seen(NamedTuple):
    """What counts as a change where it differs."""

    state: str
    holder: str
    preferred_holder: str


class Watch:
    """Compares the Leases with what they were at the last look."""

    def __init__(self, snapshot: Snapshot, selection: Selection) -> None:
        self._snapshot = snapshot
        self._selection = selection
        self._seen: dict[Key, _Seen] = {}
        self.explanations: list[Explanation] = []

    def changes(self, now: MicroTime) -> list[str]:
        """Look again; return a line for each Lease that changed, with the time."""
        keys = self._selection.known(self._snapshot)
        self.explanations = [*explain_all(self._snapshot, keys, now)]
        return [*self._changes(now)]

    def _changes(self, now: MicroTime) -> Iterator[str]:
        before, self._seen = self._seen, {}
        for explanation in self.explanations:
            key = explanation.situation.key
            self._seen[key] = _seen(explanation)
            if before.get(key) != self._seen[key]:
                yield f"{clock(now, now)} {key}: {explanation.diagnosis.headline}"
        for key in before.keys() - self._seen.keys():
            yield f"{clock(now, now)} {key}: gone"


def _seen(explanation: Explanation) -> _Seen:
    stored = explanation.situation.stored
    preferred = stored.lease.preferred_holder if stored else None
    return _Seen(explanation.diagnosis.state.value, explanation.situation.holder, preferred or "")
