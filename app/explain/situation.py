"""One Lease and its candidates at one moment, and what an election would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from app.leasecandidate.election import Candidate, Step, electees, outcomes, strategies
from app.leasecandidate.spec import OLDEST_EMULATION_VERSION

if TYPE_CHECKING:
    from app.explain.objects import Key, StoredCandidate, StoredLease
    from app.explain.snapshot import ElectionController
    from app.leasecandidate import MicroTime

HEARTBEAT: Final = timedelta(minutes=5)
"""The interval at which a candidate of client-go renews without a ping
(client-go `tools/leaderelection/leasecandidate.go`, requeueInterval)."""


@dataclass(frozen=True)
class Situation:
    """What is known of one Lease; `controller` is None where who runs elections is not known."""

    key: Key
    stored: StoredLease | None
    stored_candidates: tuple[StoredCandidate, ...]
    now: MicroTime
    controller: ElectionController | None = None

    @cached_property
    def candidates(self) -> list[Candidate]:
        """All candidates, expired ones included."""
        return [stored.candidate for stored in self.stored_candidates]

    @cached_property
    def live(self) -> list[Candidate]:
        """The candidates that have not expired, and so take part in elections."""
        return [each for each in self.candidates if not each.is_expired(self.now)]

    @cached_property
    def awaited(self) -> list[Candidate]:
        """The candidates that were pinged and still have time to answer."""
        return [each for each in self.live if each.is_waited_for(self.now)]

    @cached_property
    def silent(self) -> list[Candidate]:
        """The candidates that did not answer in time, and are not pinged until they renew."""
        return [each for each in self.live if each.owes_answer and not each.is_waited_for(self.now)]

    @cached_property
    def able(self) -> list[Candidate]:
        """The live candidates that have answered, or still can."""
        silent = {each.name for each in self.silent}
        return [each for each in self.live if each.name not in silent]

    @property
    def is_coordinated(self) -> bool:
        """Whether kube-apiserver elects the holder of this Lease."""
        return bool(self.candidates or (self.stored and self.stored.lease.strategy))

    @property
    def holder(self) -> str:
        """The name in the Lease, empty where there is none."""
        return (self.stored.lease.holder_identity or "") if self.stored else ""

    @property
    def is_held(self) -> bool:
        """Whether the Lease has a holder and has not expired."""
        return bool(self.stored and self.holder and not self.stored.lease.is_expired(self.now))

    @property
    def leader(self) -> Candidate | None:
        """The live candidate that has the holder's name."""
        return next((each for each in self.live if each.name == self.holder), None)

    @cached_property
    def best(self) -> list[Candidate]:
        """Whom OldestEmulationVersion picks if all `able` answer; one of several, by chance."""
        return electees(self.able)

    @cached_property
    def disagreeing(self) -> list[Candidate]:
        """One candidate for each strategy at the highest binaryVersion, where there are several."""
        found = strategies(self.live if self.is_held else self.able)
        return found if len(found) > 1 else []

    @cached_property
    def strategy(self) -> str:
        """The strategy that decides, empty without candidates or where they disagree."""
        found = strategies(self.live if self.is_held else self.able)
        return found[0].strategy if len(found) == 1 else ""

    @property
    def is_others_strategy(self) -> bool:
        """Whether the strategy leaves the choice to another program than kube-apiserver."""
        return self.strategy not in {"", OLDEST_EMULATION_VERSION}

    @cached_property
    def steps(self) -> list[Step]:
        """What kube-apiserver may do if it looks now; chance decides between several steps."""
        lease = self.stored.lease if self.stored else None
        return outcomes(self.candidates, lease, self.now)

    @property
    def next_heartbeat(self) -> MicroTime | None:
        """When a live candidate is due to renew by itself."""
        due = (each.renew_time + HEARTBEAT for each in self.live if each.renew_time is not None)
        return min((time for time in due if time > self.now), default=None)
