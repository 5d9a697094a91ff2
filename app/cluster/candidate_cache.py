"""What is known of the candidates in the cluster: a few strings for each, in memory."""

from __future__ import annotations

import hashlib
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Sibling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from app.leasecandidate import LeaseCandidate

CAPACITY: Final = 50_000
"""Candidates that are remembered; with more, siblings count as not known."""

WATCH_SECONDS: Final = 240
"""How long the API server keeps one watch open."""

STALE_SECONDS: Final = WATCH_SECONDS + 60.0
"""After so long without a word of the API server, what is known counts as not known: a watch that
is reopened in the normal course of things leaves no gap."""

# kube-apiserver limits neither leaseName nor strategy; only their equality matters here.
_KEPT_LENGTH: Final = 256


class WatchState(StrEnum):
    """Whether the cache can say who the siblings are."""

    CONNECTING = "connecting"
    SYNCED = "synced"
    NOT_SERVED = "not served"
    OVERFLOWED = "overflowed"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """A candidate as the API server has it, reduced to what rules look at."""

    namespace: str
    name: str
    lease_name: str
    sibling: Sibling

    @classmethod
    def of(cls, namespace: str, name: str, spec: Mapping[str, object]) -> StoredCandidate:
        """Reduce `spec` as it is on the wire; what is no text or no time counts as absent."""
        return cls(
            namespace,
            name,
            _short(spec.get("leaseName")),
            Sibling(
                binary_version=_short(spec.get("binaryVersion")),
                strategy=_short(spec.get("strategy")),
                renew_time=_time(spec.get("renewTime")),
            ),
        )


class CandidateCache:
    """The candidates of the cluster, by namespace and leaseName. Written by a CandidateWatch.

    `state` is what the watch is doing. What it has listed is good as long as the API server was
    heard of in the last STALE_SECONDS; `heard` is when, in Unix time, 0 for never. `missed` is how
    often that was not enough.
    """

    def __init__(
        self, capacity: int = CAPACITY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = WatchState.IDLE
        self.detail = "not connected to a cluster"
        self.heard = 0.0
        self.missed = 0
        self._capacity = capacity
        self._clock = clock
        self._good_until: float | None = None
        self._leases: dict[tuple[str, str], dict[str, Sibling]] = defaultdict(dict)
        self._lease_of: dict[tuple[str, str], str] = {}

    def __len__(self) -> int:
        return len(self._lease_of)

    def hear(self) -> None:
        """Record that the API server has just said something of what is known here."""
        self.heard = time.time()
        if self._good_until is not None:
            self._good_until = self._clock() + STALE_SECONDS

    def replace(self, candidates: Iterable[StoredCandidate]) -> None:
        """Forget everything and remember these, which are all that there are."""
        self._leases.clear()
        self._lease_of.clear()
        self._good_until = self._clock() + STALE_SECONDS
        self.heard = time.time()
        for candidate in candidates:
            self.put(candidate)

    def forget(self) -> None:
        """Forget everything: nobody knows what there is."""
        self._leases.clear()
        self._lease_of.clear()
        self._good_until = None

    @property
    def is_stale(self) -> bool:
        """Whether the siblings were known once, and nothing was heard for too long."""
        return self._good_until is not None and self._clock() > self._good_until

    def note(self) -> str:
        """Say what is known, in one sentence for /readyz."""
        said = f"{self.state.value}: {self.detail}"
        if self._good_until is None or self.state is WatchState.SYNCED:
            return said
        since = datetime.fromtimestamp(self.heard, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        what = "siblings are not known" if self.is_stale else "what is known is of then"
        return f"{said}; nothing was heard since {since}, {what}"

    def put(self, candidate: StoredCandidate) -> None:
        """Remember a candidate, or what it is now."""
        self.remove(candidate.namespace, candidate.name)
        if len(self._lease_of) >= self._capacity:
            self.state = WatchState.OVERFLOWED
            self.detail = f"there are more than {self._capacity} candidates"
            self._good_until = None
            return
        self._lease_of[candidate.namespace, candidate.name] = candidate.lease_name
        lease = self._leases[candidate.namespace, candidate.lease_name]
        lease[candidate.name] = candidate.sibling

    def remove(self, namespace: str, name: str) -> None:
        """Forget a candidate; one that is not known is no error."""
        lease_name = self._lease_of.pop((namespace, name), None)
        if lease_name is None:
            return
        lease = self._leases[namespace, lease_name]
        del lease[name]
        if not lease:
            del self._leases[namespace, lease_name]

    def siblings(self, candidate: LeaseCandidate) -> tuple[Sibling, ...] | None:
        """Return the others of the candidate's namespace and leaseName; None if not known now."""
        if self._good_until is None or self.is_stale:
            return None
        metadata = candidate.metadata
        lease = self._leases.get((metadata.namespace, _short(candidate.spec.lease_name)), {})
        return tuple(sibling for name, sibling in lease.items() if name != metadata.name)

    def miss(self) -> str:
        """Count a review that nothing could be said for; return a warning about it."""
        if self.state in (WatchState.IDLE, WatchState.NOT_SERVED):
            return ""
        self.missed += 1
        return (
            "leasegate did not compare this candidate with its siblings: what the API server "
            "stores is not known to it at the moment (its /readyz?verbose says why)"
        )


def _short(value: object) -> str:
    """Return the text, one object for equal ones; a very long one as its digest."""
    if not isinstance(value, str):
        return ""
    if len(value) > _KEPT_LENGTH:
        digest = hashlib.sha256(value.encode(errors="replace")).hexdigest()
        value = f"{value[:32]}... (SHA-256 {digest})"
    return sys.intern(value)


def _time(value: object) -> MicroTime | None:
    try:
        return MicroTime.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None
