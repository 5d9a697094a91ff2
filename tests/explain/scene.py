"""Leases and candidates as they stand at NOW."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from app.explain.objects import Key, StoredCandidate, StoredLease, Writer
from app.explain.situation import Situation
from app.leasecandidate import MicroTime
from app.leasecandidate.election import Candidate, Lease

if TYPE_CHECKING:
    from app.explain.snapshot import ElectionController

NOW: Final = MicroTime.parse("2026-11-27T18:07:45.000000Z")
KEY: Final = Key("team", "ingest")
OURS: Final = "OldestEmulationVersion"
OTHERS: Final = "example.com/newest"


def ago(seconds: float) -> MicroTime:
    return NOW - timedelta(seconds=seconds)


def candidate(name: str, version: str = "1.37.0", **change: Any) -> Candidate:  # noqa: ANN401
    """Return a candidate that answered its last ping a while ago, each a second younger."""
    created = MicroTime(ago(3600).microseconds + sum(name.encode()) * 1_000_000)
    base = Candidate(name, version, version, OURS, ago(60), ago(61), created)
    return replace(base, **change)


def lease(holder: str | None, renewed: float | None = 1, **change: Any) -> Lease:  # noqa: ANN401
    """Return a coordinated Lease of 15 s that was renewed so many seconds ago."""
    time = None if renewed is None else ago(renewed)
    return replace(Lease(holder, 15, time, None, OURS), **change)


def situation(
    stored: Lease | None,
    *candidates: Candidate,
    written: dict[str, Writer] | None = None,
    asked_by: Writer | None = None,
    renewed_by: Writer | None = None,
    controller: ElectionController | None = None,
) -> Situation:
    """Put a Lease and its candidates together; `written` says who renewed which candidate."""
    stored_candidates = tuple(
        StoredCandidate(KEY, each, (written or {}).get(each.name)) for each in candidates
    )
    found = None
    if stored is not None:
        found = StoredLease(KEY, stored, asked_by=asked_by, renewed_by=renewed_by)
    return Situation(KEY, found, stored_candidates, NOW, controller)
