"""The elections of a cluster that is followed, judged a few at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.cluster.candidate_cache import shortened
from app.explain.explanation import situation_of
from app.explain.figures import Figures, figures
from app.explain.objects import LEASE, Key, ObjectError, Stored, StoredLease, read
from app.explain.snapshot import Snapshot
from app.leasecandidate.spec import KIND, NODE_LEASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import msgspec

    from app.explain.diagnosis import ElectionState
    from app.leasecandidate import MicroTime

SHOWN: Final = 500
"""Leases that are shown one by one: those with candidates first, then by namespace and name."""

CAPACITY: Final = {LEASE: 5_000, KIND: 10_000}
"""Objects of each kind that are remembered; with more, nothing is known."""


_ORDINARY: Final = 2048
"""Bytes of an object. Of a larger one, texts of any length are shortened before they are kept."""


class Elections:
    """The stored Leases and candidates, and the figures of each Lease when it was last judged.

    A Lease that changed or came due waits until `judge` reaches it, the oldest first. However many
    change at once, each turn costs the same, and only the figures are late.
    """

    def __init__(self, shown: int = SHOWN) -> None:
        self._snapshot = Snapshot(knows_controller=True)
        self._most_shown = shown
        self._waiting: dict[Key, None] = {}
        self._judged: dict[Key, Figures] = {}
        self._order: list[Key] | None = None

    def add(self, stored: Stored) -> None:
        """Add an object, or replace its earlier version."""
        self._snapshot.add(stored)
        self._waiting[stored.key] = None

    def remove(self, stored: Stored) -> None:
        """Forget an object."""
        self._snapshot.remove(stored)
        self._waiting[stored.key] = None

    def come_due(self, now: MicroTime) -> None:
        """Queue the Leases whose figures the passing of time has changed."""
        for key, found in self._judged.items():
            if found.due is not None and found.due < now:
                self._waiting[key] = None

    def judge(self, now: MicroTime, most: int) -> bool:
        """Judge at most so many of the waiting Leases; return whether others still wait."""
        for key in [*self._waiting][:most]:
            del self._waiting[key]
            before, after = self._judged.pop(key, None), self._figures(key, now)
            if after is not None:
                self._judged[key] = after
            if _is_coordinated(before) is not _is_coordinated(after):
                self._order = None
        return bool(self._waiting)

    def shown(self) -> list[Figures]:
        """Return the Leases that are shown one by one."""
        return [self._judged[key] for key in self._ordered()[: self._most_shown]]

    def not_shown(self) -> Counter[ElectionState]:
        """Return how many others there are, by state."""
        return Counter(self._judged[key].state for key in self._ordered()[self._most_shown :])

    def _figures(self, key: Key, now: MicroTime) -> Figures | None:
        """Judge a Lease; None where it does not exist and has no candidates."""
        situation = situation_of(self._snapshot, key, now)
        return figures(situation) if situation.stored or situation.stored_candidates else None

    def _ordered(self) -> list[Key]:
        if self._order is None:
            coordinated = {key for key, found in self._judged.items() if found.is_coordinated}
            # Sorted without a function for the key, which takes several times as long.
            self._order = [*sorted(coordinated), *sorted(self._judged.keys() - coordinated)]
        return self._order


def _is_coordinated(found: Figures | None) -> bool | None:
    return None if found is None else found.is_coordinated


class ElectionListener:
    """Tells Elections of all objects of a kind; `overflow` says so where they are too many."""

    def __init__(self, elections: Elections, kind: str, capacity: int = 0) -> None:
        self.overflow = ""
        self._elections = elections
        self._kind = kind
        self._capacity = capacity or CAPACITY[kind]
        self._kept: dict[tuple[str, str], Stored] = {}

    @property
    def is_incomplete(self) -> bool:
        """Whether there were more than are remembered."""
        return bool(self.overflow)

    def read(self, text: msgspec.Raw) -> Stored | None:
        """Return the object; None of one that cannot be used, or is a heartbeat of a node."""
        try:
            found = next(read(text, self._kind), None)
        except ObjectError:
            return None
        if found is None or isinstance(found, ObjectError) or found.key.namespace == NODE_LEASES:
            return None
        return found if len(memoryview(text)) <= _ORDINARY else _shortened(found)

    def replace(self, found: Sequence[Stored]) -> None:
        """Forget all and remember these, which are all that there are."""
        self.forget()
        for each in found:
            self.put(each)

    def put(self, found: Stored) -> None:
        """Remember an object, or what it is now."""
        self.remove(found)
        if len(self._kept) >= self._capacity:
            self.overflow = f"there are more than {self._capacity} objects of kind {self._kind}"
            return
        self._kept[_name(found)] = found
        self._elections.add(found)

    def remove(self, found: Stored) -> None:
        """Forget an object; one that is not known is no error."""
        if (before := self._kept.pop(_name(found), None)) is not None:
            self._elections.remove(before)

    def forget(self) -> None:
        """Forget all."""
        for each in self._kept.values():
            self._elections.remove(each)
        self._kept.clear()
        self.overflow = ""


def _shortened(found: Stored) -> Stored:
    """Shorten the texts that kube-apiserver does not limit."""
    if isinstance(found, StoredLease):
        lease = found.lease
        return replace(
            found,
            lease=replace(
                lease,
                holder_identity=_cut(lease.holder_identity),
                strategy=_cut(lease.strategy),
                preferred_holder=_cut(lease.preferred_holder),
            ),
        )
    candidate = found.candidate
    return replace(
        found,
        key=Key(found.key.namespace, shortened(found.key.name)),
        candidate=replace(
            candidate,
            binary_version=shortened(candidate.binary_version),
            emulation_version=shortened(candidate.emulation_version),
            strategy=shortened(candidate.strategy),
        ),
    )


def _cut(text: str | None) -> str | None:
    return None if text is None else shortened(text)


def _name(stored: Stored) -> tuple[str, str]:
    own = stored.key.name if isinstance(stored, StoredLease) else stored.candidate.name
    return stored.key.namespace, own
