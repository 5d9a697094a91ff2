"""All known Leases and candidates at one moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.explain.objects import Key, Stored, StoredCandidate, StoredLease

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate import MicroTime

CONTROLLER: Final = Key("kube-system", "leader-election-controller")
"""Lock of the kube-apiserver that runs the elections (kubernetes `pkg/controlplane/server.go`)."""


@dataclass(frozen=True, slots=True)
class ElectionController:
    """Which kube-apiserver runs the elections: `holder` is HOSTNAME_UUID, empty for none."""

    holder: str
    is_running: bool


@dataclass(slots=True)
class Snapshot:
    """Leases, and candidates by Lease. Of several objects with one name, the last one counts.

    `knows_controller` says that the Lease CONTROLLER was read, if it exists.
    """

    leases: dict[Key, StoredLease] = field(default_factory=dict)
    candidates: dict[Key, dict[str, StoredCandidate]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    knows_controller: bool = False

    def add(self, stored: Stored) -> None:
        """Add an object, or replace its earlier version."""
        if isinstance(stored, StoredLease):
            self.leases[stored.key] = stored
        else:
            self.candidates[stored.key][stored.candidate.name] = stored

    def remove(self, stored: Stored) -> None:
        """Forget an object."""
        if isinstance(stored, StoredLease):
            self.leases.pop(stored.key, None)
        else:
            found = self.candidates.get(stored.key, {})
            found.pop(stored.candidate.name, None)
            if not found:
                self.candidates.pop(stored.key, None)

    def of(self, key: Key) -> list[StoredCandidate]:
        """Return the candidates of a Lease, by name."""
        found = self.candidates.get(key, {})
        return [found[name] for name in sorted(found)]

    def keys(self) -> list[Key]:
        """Return the Leases that exist or have candidates, in order."""
        with_candidates = (key for key, found in self.candidates.items() if found)
        return sorted({*self.leases, *with_candidates})

    def controller(self, now: MicroTime) -> ElectionController | None:
        """Return who runs the elections, None where that is not known."""
        stored = self.leases.get(CONTROLLER)
        if stored is not None:
            holder = stored.lease.holder_identity or ""
            return ElectionController(holder, bool(holder) and not stored.lease.is_expired(now))
        if self.knows_controller:
            return ElectionController("", is_running=False)
        return None

    @property
    def newest(self) -> MicroTime | None:
        """The latest time in any object, which is about when the objects were read."""
        return max(self._times(), default=None)

    def _times(self) -> Iterator[MicroTime]:
        for lease in self.leases.values():
            yield from filter(None, (lease.lease.renew_time, lease.created))
            for writer in (lease.renewed_by, lease.asked_by):
                if writer is not None:
                    yield writer.time
        for found in self.candidates.values():
            for stored in found.values():
                candidate = stored.candidate
                yield from filter(
                    None, (candidate.renew_time, candidate.ping_time, candidate.created)
                )
                if stored.renewed_by is not None:
                    yield stored.renewed_by.time
