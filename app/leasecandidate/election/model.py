"""What an election looks at: the candidates of one Lease, and the Lease.

Every comparison is strict, as in kubernetes `pkg/controlplane/controller/leaderelection`
(election.go, leaderelection_controller.go): what ends at this very microsecond has not ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from app.leasecandidate.spec import VALIDITY

if TYPE_CHECKING:
    from app.leasecandidate.microtime import MicroTime

ELECTION_DURATION: Final = timedelta(seconds=5)
"""How long an election waits for the answer to a ping, and how old a renewTime may be that counts
as an answer."""

REQUEUE_INTERVAL: Final = timedelta(seconds=5)
"""After which kube-apiserver looks at a Lease again, unless the step ended without requeue."""

LEASE_DURATION_SECONDS: Final = 5
"""The leaseDurationSeconds that kube-apiserver writes when it elects a holder."""


FORCED_ELECTION: Final = VALIDITY / 2
"""A candidate that has not renewed for this long makes an election needed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A LeaseCandidate, as far as an election looks at it.

    `created` has whole seconds; None is Go's zero time, which is older than any other.
    """

    name: str
    binary_version: str = ""
    emulation_version: str = ""
    strategy: str = ""
    renew_time: MicroTime | None = None
    ping_time: MicroTime | None = None
    created: MicroTime | None = None

    def is_expired(self, now: MicroTime) -> bool:
        """Whether it takes part in no election (isLeaseCandidateExpired)."""
        return self.renew_time is None or self.renew_time + VALIDITY < now

    def has_answered(self, now: MicroTime) -> bool:
        """Whether it renewed within ELECTION_DURATION, so that it may be elected."""
        return self.renew_time is not None and self.renew_time + ELECTION_DURATION > now

    @property
    def owes_answer(self) -> bool:
        """Whether it was pinged after it last renewed."""
        return (
            self.ping_time is not None
            and self.renew_time is not None
            and self.renew_time < self.ping_time
        )

    def is_waited_for(self, now: MicroTime) -> bool:
        """Whether it was pinged within ELECTION_DURATION, and the election waits for its answer."""
        return (
            self.ping_time is not None
            and self.ping_time + ELECTION_DURATION > now
            and self.owes_answer
        )

    def is_to_be_pinged(self, now: MicroTime) -> bool:
        """Whether an election begins by pinging it; one that owes an answer is not pinged again."""
        if self.is_waited_for(now) or self.has_answered(now):
            return False
        return self.ping_time is None or (
            self.ping_time + ELECTION_DURATION < now and not self.owes_answer
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """The spec of a Lease, as far as elections look at it."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    renew_time: MicroTime | None = None
    acquire_time: MicroTime | None = None
    strategy: str | None = None
    preferred_holder: str | None = None

    @property
    def expiry(self) -> MicroTime | None:
        """The last moment at which it counts as held; None where it never did."""
        if self.renew_time is None or self.lease_duration_seconds is None:
            return None
        return self.renew_time + timedelta(seconds=self.lease_duration_seconds)

    def is_expired(self, now: MicroTime) -> bool:
        """Whether its holder may be replaced (isLeaseExpired)."""
        expiry = self.expiry
        return expiry is None or expiry < now
