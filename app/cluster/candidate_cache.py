"""What is known of the candidates in the cluster: a few strings for each, in memory."""

from __future__ import annotations

import hashlib
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from app.cluster.resource_watch import Resource
from app.cluster.watch_status import WatchState, WatchStatus
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Sibling
from app.leasecandidate.spec import GROUP, KIND, RESOURCE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from app.leasecandidate import LeaseCandidate

CAPACITY: Final = 50_000
"""Candidates that are remembered; with more, siblings count as not known."""

CANDIDATES: Final = Resource(
    "candidates",
    tuple(f"/apis/{GROUP}/{version}/{RESOURCE}" for version in VERSIONS),
    absent=f"the cluster serves no {KIND} in {' or '.join(VERSIONS)}",
    idle="no rule looks at siblings",
)

# kube-apiserver limits neither leaseName nor strategy; only their equality matters here.
_KEPT_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class CachedCandidate:
    """A candidate as the API server has it, reduced to what rules look at."""

    namespace: str
    name: str
    lease_name: str
    sibling: Sibling

    @classmethod
    def of(cls, namespace: str, name: str, spec: Mapping[str, object]) -> CachedCandidate:
        """Reduce `spec` as it is on the wire; what is no text or no time counts as absent."""
        return cls(
            namespace,
            name,
            shortened(spec.get("leaseName")),
            Sibling(
                binary_version=shortened(spec.get("binaryVersion")),
                strategy=shortened(spec.get("strategy")),
                renew_time=_time(spec.get("renewTime")),
            ),
        )


class _Metadata(msgspec.Struct):
    name: str = ""
    namespace: str = ""


class _Object(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    spec: dict[str, object] | None = None


_read: Final = msgspec.json.Decoder(_Object).decode


class CandidateCache(WatchStatus):
    """The candidates of the cluster, by namespace and leaseName. Filled by a ResourceWatch.

    `missed` counts the reviews whose siblings were not known.
    """

    def __init__(
        self, capacity: int = CAPACITY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(clock=clock)
        self.missed = 0
        self._capacity = capacity
        self._leases: dict[tuple[str, str], dict[str, Sibling]] = defaultdict(dict)
        self._lease_of: dict[tuple[str, str], str] = {}

    def __len__(self) -> int:
        return len(self._lease_of)

    @property
    def is_incomplete(self) -> bool:
        """Whether there were more than are remembered."""
        return self.state is WatchState.OVERFLOWED

    def read(self, text: msgspec.Raw) -> CachedCandidate | None:
        """Reduce an object in JSON; None for one without a name."""
        found = _read(text)
        metadata = found.metadata
        if not metadata.name or not metadata.namespace:
            return None
        return CachedCandidate.of(metadata.namespace, metadata.name, found.spec or {})

    def replace(self, candidates: Iterable[CachedCandidate]) -> None:
        """Forget everything and remember these, which are all that there are."""
        self._leases.clear()
        self._lease_of.clear()
        for candidate in candidates:
            self.put(candidate)

    def forget(self) -> None:
        """Forget everything, since what exists is not known any more."""
        self._leases.clear()
        self._lease_of.clear()

    def put(self, candidate: CachedCandidate) -> None:
        """Remember a candidate, or what it is now."""
        self.remove(candidate)
        if len(self._lease_of) >= self._capacity:
            self.overflow(f"there are more than {self._capacity} candidates")
            return
        self._lease_of[candidate.namespace, candidate.name] = candidate.lease_name
        lease = self._leases[candidate.namespace, candidate.lease_name]
        lease[candidate.name] = candidate.sibling

    def remove(self, candidate: CachedCandidate) -> None:
        """Forget a candidate; one that is not known is no error."""
        namespace, name = candidate.namespace, candidate.name
        lease_name = self._lease_of.pop((namespace, name), None)
        if lease_name is None:
            return
        lease = self._leases[namespace, lease_name]
        del lease[name]
        if not lease:
            del self._leases[namespace, lease_name]

    def siblings(self, candidate: LeaseCandidate) -> tuple[Sibling, ...] | None:
        """Return the others of the candidate's namespace and leaseName; None if not known now."""
        if not self.is_known:
            return None
        metadata = candidate.metadata
        lease = self._leases.get((metadata.namespace, shortened(candidate.spec.lease_name)), {})
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


def shortened(value: object) -> str:
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
