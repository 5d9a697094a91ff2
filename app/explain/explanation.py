"""The whole explanation of one Lease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.explain.diagnose import diagnose
from app.explain.hints import hints
from app.explain.situation import Situation
from app.explain.verdicts import Row, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.explain.diagnosis import Diagnosis
    from app.explain.objects import Key
    from app.explain.snapshot import Snapshot
    from app.leasecandidate import MicroTime


@dataclass(frozen=True, slots=True)
class Explanation:
    """A Lease and its candidates, the diagnosis, a row for each candidate, and hints."""

    situation: Situation
    diagnosis: Diagnosis
    rows: list[Row]
    hints: list[str]


def explain(situation: Situation) -> Explanation:
    """Return the explanation of one Lease."""
    found = rows(situation)
    return Explanation(situation, diagnose(situation), found, [*hints(situation, found)])


def situation_of(snapshot: Snapshot, key: Key, now: MicroTime) -> Situation:
    """Return one Lease and its candidates, as the snapshot has them."""
    candidates = tuple(snapshot.of(key))
    return Situation(key, snapshot.leases.get(key), candidates, now, snapshot.controller(now))


def explain_all(snapshot: Snapshot, keys: Iterable[Key], now: MicroTime) -> Iterator[Explanation]:
    """Yield the explanation of each of these Leases."""
    for key in keys:
        yield explain(situation_of(snapshot, key, now))
