"""What changed since one looked last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.explain.explanation import Explanation, explain_all
from app.explain.words import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.explain.objects import Key
    from app.explain.selection import Selection
    from app.explain.snapshot import Snapshot
    from app.leasecandidate import MicroTime

_Sight = tuple[str, str, str]


class Watch:
    """Remembers the state, the holder and the preferred holder of each Lease."""

    def __init__(self, snapshot: Snapshot, selection: Selection) -> None:
        self._snapshot = snapshot
        self._selection = selection
        self._seen: dict[Key, _Sight] = {}
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
            self._seen[key] = _sight(explanation)
            if before.get(key) != self._seen[key]:
                yield f"{clock(now, now)} {key}: {explanation.diagnosis.headline}"
        for key in before.keys() - self._seen.keys():
            yield f"{clock(now, now)} {key}: gone"


def _sight(explanation: Explanation) -> _Sight:
    stored = explanation.situation.stored
    preferred = stored.lease.preferred_holder if stored else None
    return explanation.diagnosis.state.value, explanation.situation.holder, preferred or ""
