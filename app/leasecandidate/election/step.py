"""One step of an election: what kube-apiserver does when it looks at a Lease.

Source: kubernetes `pkg/controlplane/controller/leaderelection/leaderelection_controller.go`,
reconcileElectionStep; v1.36.3 and v1.37.2 do the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.leasecandidate.election.model import FORCED_ELECTION, LEASE_DURATION_SECONDS, Lease
from app.leasecandidate.election.pick import electees, orders, strategy_in_order
from app.leasecandidate.spec import OLDEST_EMULATION_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.leasecandidate.election.model import Candidate
    from app.leasecandidate.microtime import MicroTime


class End(StrEnum):
    """How a step ends, as one clause."""

    NO_CANDIDATES = "no candidate is alive"
    CONFLICT = "live candidates disagree on the strategy"
    NOT_OURS = "the strategy is somebody else's"
    NO_ELECTEE = "no live candidate can be elected"
    BEST_LEADS = "the best candidate leads"
    WAITING = "candidates are asked, or have time to answer"
    NOBODY_ANSWERED = "nobody has answered"
    ANSWERED_CONFLICT = "those who answered disagree on the strategy"
    ANSWERED_NO_ELECTEE = "nobody who answered can be elected"
    CREATED = "the Lease is created"
    ELECTED = "the Lease gets a new holder"
    ASKED_TO_YIELD = "the holder is asked to yield"
    STRATEGY_SET = "the strategy of the Lease is set"
    UNCHANGED = "the Lease stays as it is"
    NOT_COVERED = "a coordinated Lease names a holder, an empty one included"


_WITHOUT_REQUEUE: Final = frozenset(
    {End.NO_CANDIDATES, End.NOBODY_ANSWERED, End.ANSWERED_CONFLICT, End.ANSWERED_NO_ELECTEE}
)

_ERRORS: Final = frozenset(
    {End.CONFLICT, End.NOBODY_ANSWERED, End.ANSWERED_CONFLICT, End.ANSWERED_NO_ELECTEE}
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step does.

    `pinged` are the names of the candidates whose pingTime becomes now, `lease` is the Lease
    afterwards. `strategy` and `electee` are the result of the election, empty where none was held.
    """

    end: End
    lease: Lease | None
    pinged: tuple[str, ...] = ()
    strategy: str = ""
    electee: str = ""

    @property
    def is_error(self) -> bool:
        """Whether kube-apiserver logs an error."""
        return self.end in _ERRORS

    @property
    def is_requeued(self) -> bool:
        """Whether kube-apiserver looks again after REQUEUE_INTERVAL, not only at an event."""
        return self.end not in _WITHOUT_REQUEUE


def outcomes(candidates: Sequence[Candidate], lease: Lease | None, now: MicroTime) -> list[Step]:
    """Return each possible Step; where there are several, the order of the list decides."""
    answered = [candidate for candidate in candidates if candidate.has_answered(now)]
    admissible = [candidate for candidate in candidates if not candidate.is_expired(now)]
    found = (step(order, lease, now) for order in orders(admissible, answered))
    return list({replace(each, pinged=tuple(sorted(each.pinged))): None for each in found})


def step(candidates: Sequence[Candidate], lease: Lease | None, now: MicroTime) -> Step:
    """Return what kube-apiserver does with these candidates of one Lease, in the list's order."""
    admissible = [candidate for candidate in candidates if not candidate.is_expired(now)]
    if not admissible:
        return Step(End.NO_CANDIDATES, lease)
    if (end := _not_needed(admissible, lease, now)) is not None:
        return Step(end, lease)
    pinged = tuple(each.name for each in admissible if each.is_to_be_pinged(now))
    if pinged or any(candidate.is_waited_for(now) for candidate in admissible):
        return Step(End.WAITING, lease, pinged)
    answered = [candidate for candidate in admissible if candidate.has_answered(now)]
    return _elect(answered, lease, now) if answered else Step(End.NOBODY_ANSWERED, lease)


def _elect(answered: Sequence[Candidate], lease: Lease | None, now: MicroTime) -> Step:
    strategy = strategy_in_order(answered)
    if strategy is None:
        return Step(End.ANSWERED_CONFLICT, lease)
    if strategy != OLDEST_EMULATION_VERSION:
        return _write(lease, strategy, None, now)
    best = electees(answered)
    if not best:
        return Step(End.ANSWERED_NO_ELECTEE, lease, strategy=strategy)
    return _write(lease, strategy, best[0].name, now)


def _not_needed(admissible: Sequence[Candidate], lease: Lease | None, now: MicroTime) -> End | None:
    """Return why no election is needed, None where one is (electionNeeded)."""
    if lease is None or lease.is_expired(now) or not lease.holder_identity:
        return None
    if any(each.renew_time and each.renew_time + FORCED_ELECTION < now for each in admissible):
        return None
    strategy = strategy_in_order(admissible)
    if strategy is None:
        return End.CONFLICT
    if strategy != OLDEST_EMULATION_VERSION:
        return End.NOT_OURS
    best = electees(admissible)
    if not best:
        return End.NO_ELECTEE
    return End.BEST_LEADS if best[0].name == lease.holder_identity else None


def _write(lease: Lease | None, strategy: str, electee: str | None, now: MicroTime) -> Step:
    """Return the Step that makes `electee` the holder, or asks the holder to yield to it.

    Without `electee`, somebody else elects; only the strategy is written.
    """
    name = electee or ""
    if lease is None:
        created = Lease(
            holder_identity=electee,
            lease_duration_seconds=LEASE_DURATION_SECONDS,
            renew_time=now,
            strategy=strategy,
        )
        return Step(End.CREATED, created, strategy=strategy, electee=name)
    after, end = replace(lease, strategy=strategy), End.STRATEGY_SET
    if electee is not None:
        if lease.holder_identity is None:
            return Step(End.NOT_COVERED, lease, strategy=strategy, electee=name)
        is_other = lease.holder_identity != electee
        if not lease.holder_identity or (lease.is_expired(now) and is_other):
            end = End.ELECTED
            after = replace(
                after,
                holder_identity=electee,
                preferred_holder=None,
                renew_time=now,
                lease_duration_seconds=LEASE_DURATION_SECONDS,
                acquire_time=None,
            )
        elif is_other:
            end, after = End.ASKED_TO_YIELD, replace(after, preferred_holder=electee)
    if after == lease:
        end = End.UNCHANGED
    return Step(end, after, strategy=strategy, electee=name)
