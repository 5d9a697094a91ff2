"""Follows the elections of a cluster, for the metrics of `serve`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from app.cluster.resource_watch import Resource, ResourceWatch
from app.cluster.watch_status import WatchState, WatchStatus
from app.explain.diagnosis import ElectionState
from app.explain.elections import ElectionListener, Elections
from app.explain.objects import LEASE, Stored
from app.leasecandidate import MicroTime
from app.leasecandidate.spec import GROUP, KIND, NODE_LEASES
from app.server.metrics.elections import ElectionSamples, LeaseSample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import httpx2
    import msgspec

    from app.cluster.backoff import Backoff
    from app.cluster.resource_watch import Listener
    from app.explain.figures import Figures

LEASES: Final = Resource(
    "leases",
    (f"/apis/{GROUP}/v1/leases",),
    absent="the cluster serves no Lease",
    selectors={"fieldSelector": f"metadata.namespace!={NODE_LEASES}"},
)
_TICK_SECONDS: Final = 1.0
_TURN: Final = 10
"""Leases that are judged in one turn of the event loop, some 50 us each."""
_TURNS: Final = 50
"""Turns of one tick at most, so that no load of events takes all of the processor."""


class FollowedElections:
    """The elections of a cluster. `candidates` is the status of the watch of its candidates."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        candidates: WatchStatus,
        now: Callable[[], datetime],
        backoff: Backoff | None = None,
    ) -> None:
        self._candidates = candidates
        self._now = now
        self._elections = Elections()
        self._status = WatchStatus("elections are not shown")
        self._leases = ElectionListener(self._elections, LEASE)
        self.candidate_listener = ElectionListener(self._elections, KIND)
        self.watch = ResourceWatch[Stored](
            client, LEASES, self._leases, self._status, backoff=backoff
        )

    @property
    def heard(self) -> float:
        """When the API server last sent something about Leases, in Unix time."""
        return self._status.heard

    async def judge(self) -> None:
        """Judge once a second what has changed, until cancelled."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = MicroTime.at(self._now())
            self._elections.come_due(now)
            for _ in range(_TURNS):
                if not self._elections.judge(now, _TURN):
                    break
                await asyncio.sleep(0)

    def note(self) -> str:
        """Return how well elections are known, in one sentence for /readyz."""
        problem = self._leases.overflow or self.candidate_listener.overflow
        if problem:
            return f"{WatchState.OVERFLOWED.value}: {problem}, elections are not shown"
        if self._status.is_known and not self._are_candidates_known:
            return "elections are not shown: the candidates are not known, as siblings says"
        return self._status.note()

    def samples(self) -> ElectionSamples:
        """Return the figures of now, none where they are not known or there are too many Leases."""
        if not self._is_known:
            return ElectionSamples()
        now = MicroTime.at(self._now())
        hidden = self._elections.not_shown()
        return ElectionSamples(
            [_sample(found, now) for found in self._elections.shown()],
            {state.value: hidden[state] for state in ElectionState},
        )

    @property
    def _are_candidates_known(self) -> bool:
        return self._candidates.is_known or self._candidates.state is WatchState.NOT_SERVED

    @property
    def _is_known(self) -> bool:
        overflow = self._leases.overflow or self.candidate_listener.overflow
        return self._status.is_known and self._are_candidates_known and not overflow


def _sample(found: Figures, now: MicroTime) -> LeaseSample:
    expired: float | None = 0.0
    if not found.is_held:
        expired = None if found.expiry is None else now.since(found.expiry).total_seconds()
    return LeaseSample(
        namespace=found.namespace,
        name=found.lease,
        state=found.state.value,
        is_held=found.is_held,
        expired_seconds=None if expired is None else max(0.0, expired),
        has_conflict=found.has_conflict if found.is_coordinated else None,
        candidates={verdict.value: number for verdict, number in found.verdicts.items()},
        asked_since=_unix(found.asked_since),
        unanswered_since=_unix(found.unanswered_since),
    )


def _unix(time: MicroTime | None) -> float | None:
    return None if time is None else time.microseconds / 1_000_000


class BothListeners:
    """Calls two listeners with the same objects, each with the items that it reads them into."""

    def __init__(self, *listeners: Listener[Any]) -> None:
        self._listeners = listeners

    @property
    def is_incomplete(self) -> bool:
        """Whether one of them left objects out."""
        return any(listener.is_incomplete for listener in self._listeners)

    def read(self, text: msgspec.Raw) -> tuple[Any, ...]:
        """Return the item of each listener."""
        return tuple(listener.read(text) for listener in self._listeners)

    def replace(self, found: Sequence[tuple[Any, ...]]) -> None:
        """Have each listener replace everything by its own items."""
        for number, listener in enumerate(self._listeners):
            listener.replace([each[number] for each in found if each[number] is not None])

    def put(self, found: tuple[Any, ...]) -> None:
        """Have each listener keep its item."""
        for listener, item in zip(self._listeners, found, strict=True):
            if item is not None:
                listener.put(item)

    def remove(self, found: tuple[Any, ...]) -> None:
        """Have each listener forget its item."""
        for listener, item in zip(self._listeners, found, strict=True):
            if item is not None:
                listener.remove(item)

    def forget(self) -> None:
        """Have each listener forget everything."""
        for listener in self._listeners:
            listener.forget()
