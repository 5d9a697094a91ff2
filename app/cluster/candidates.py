"""What is known of the candidates in the cluster: a few strings for each, in memory."""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Sibling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.leasecandidate import LeaseCandidate

CAPACITY: Final = 50_000
"""Candidates that are remembered; with more, siblings count as not known."""

# kube-apiserver limits neither leaseName nor strategy; only their equality matters here.
_KEPT_LENGTH: Final = 256


class State(StrEnum):
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
    """The candidates of the cluster, by namespace and leaseName. Written by a CandidateWatch."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.state = State.IDLE
        self.detail = "not connected to a cluster"
        self._capacity = capacity
        self._leases: dict[tuple[str, str], dict[str, Sibling]] = defaultdict(dict)
        self._lease_of: dict[tuple[str, str], str] = {}

    def __len__(self) -> int:
        return len(self._lease_of)

    def replace(self, candidates: Iterable[StoredCandidate]) -> None:
        """Forget everything and remember these."""
        self._leases.clear()
        self._lease_of.clear()
        for candidate in candidates:
            self.put(candidate)

    def put(self, candidate: StoredCandidate) -> None:
        """Remember a candidate, or what it is now."""
        self.remove(candidate.namespace, candidate.name)
        if len(self._lease_of) >= self._capacity:
            self.state = State.OVERFLOWED
            self.detail = f"there are more than {self._capacity} candidates"
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
        """Return the others of the candidate's namespace and leaseName; None unless synced."""
        if self.state is not State.SYNCED:
            return None
        metadata = candidate.metadata
        lease = self._leases.get((metadata.namespace, _short(candidate.spec.lease_name)), {})
        return tuple(sibling for name, sibling in lease.items() if name != metadata.name)


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
