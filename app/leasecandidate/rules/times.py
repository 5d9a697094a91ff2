"""Rules on pingTime and renewTime: who is alive, and who says so.

The election believes these times: a candidate whose renewTime is at most five seconds old has
answered, one whose renewTime is older than 30 minutes has expired, and a pingTime after renewTime
makes everybody wait (KEP-4355; kubernetes `pkg/controlplane/controller/leaderelection`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate.field import FieldError, forbidden, invalid_shown, required
from app.leasecandidate.quote import quote
from app.leasecandidate.rules.rule import ELECTION_SOURCE, Action, Rule
from app.leasecandidate.rules.twin import NO_CLOCK, Twin, twin
from app.leasecandidate.rules.write import CREATES, SERVER_USERNAME, UPDATES, WRITES, Write
from app.leasecandidate.spec import VALIDITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.leasecandidate.microtime import MicroTime
    from app.leasecandidate.rules.settings import RuleSettings

_RENEW: Final = ("spec.renew_time",)
_PING: Final = ("spec.ping_time",)


def _shown(time: MicroTime) -> str:
    return quote(str(time))


def renew_time_in_future(write: Write) -> Iterable[FieldError]:
    """Find a renewTime ahead of now by more than the permitted skew."""
    return _in_future("spec.renewTime", write.candidate.spec.renew_time, write)


def ping_time_in_future(write: Write) -> Iterable[FieldError]:
    """Find a pingTime ahead of now by more than the permitted skew."""
    return _in_future("spec.pingTime", write.candidate.spec.ping_time, write)


def _in_future(field: str, time: MicroTime | None, write: Write) -> Iterable[FieldError]:
    if time is None or write.now is None or time.since(write.now) <= write.settings.clock_skew:
        return ()
    skew = write.settings.clock_skew_seconds
    return [
        invalid_shown(
            field,
            _shown(time),
            f"must not be more than {skew} seconds in the future; set it to the current time",
        )
    ]


def renew_time_removed(write: Write) -> Iterable[FieldError]:
    """Find an update that takes renewTime away."""
    if (
        write.candidate.spec.renew_time is not None
        or write.old is None
        or write.old.spec.renew_time is None
    ):
        return ()
    return [
        required(
            "spec.renewTime", "must not be removed: the candidate would expire at once; keep it"
        )
    ]


def renew_time_backwards(write: Write) -> Iterable[FieldError]:
    """Find an update that moves renewTime back."""
    new = write.candidate.spec.renew_time
    old = write.old.spec.renew_time if write.old is not None else None
    if new is None or old is None or new >= old:
        return ()
    return [
        invalid_shown(
            "spec.renewTime",
            _shown(new),
            "must not be before the stored one; check the clock of the candidate's node",
        )
    ]


def renew_time_missing(write: Write) -> Iterator[FieldError]:
    """Find a new candidate without renewTime."""
    if write.candidate.spec.renew_time is None:
        yield required(
            "spec.renewTime",
            "without it the candidate takes part in no election and is deleted; "
            "set it to the current time",
        )


def renew_time_stale(write: Write) -> Iterable[FieldError]:
    """Find a new candidate that has expired already."""
    time = write.candidate.spec.renew_time
    if time is None or write.now is None or write.now.since(time) <= VALIDITY:
        return ()
    return [
        invalid_shown(
            "spec.renewTime",
            _shown(time),
            "is more than 30 minutes old, so the candidate has expired; set it to the current time",
        )
    ]


def ping_time_not_from_server(write: Write) -> Iterator[FieldError]:
    """Find a pingTime that is written by another user than kube-apiserver."""
    old = write.old.spec.ping_time if write.old is not None else None
    if write.candidate.spec.ping_time != old and write.requester.username not in (
        SERVER_USERNAME,
        *write.settings.allowed_pingers,
    ):
        remedy = "leave it out" if old is None else "leave it as it is stored"
        yield forbidden("spec.pingTime", f"only kube-apiserver pings candidates; {remedy}")


def _ping_twin(settings: RuleSettings) -> str:
    pingers = ", ".join(quote(user) for user in (SERVER_USERNAME, *settings.allowed_pingers))
    return (
        f"request.userInfo.username in [{pingers}] || variables.pingTime == variables.oldPingTime"
    )


RULES: Final = (
    Rule(
        id="renew-time-removed",
        title="An update must not remove renewTime",
        why="The candidate expires at once, and a client-go candidate that is pinged next crashes.",
        source=ELECTION_SOURCE,
        operations=UPDATES,
        check=renew_time_removed,
        twin=twin(
            "!variables.isUpdate || variables.oldRenewTime == '' || variables.renewTime != ''",
            "spec.renewTime must not be removed: the candidate would expire at once; keep it",
        ),
        looks_at=_RENEW,
    ),
    Rule(
        id="renew-time-in-future",
        title="renewTime must not be in the future",
        why="A dead candidate would count as alive until then, and be elected again and again.",
        source=ELECTION_SOURCE,
        operations=WRITES,
        check=renew_time_in_future,
        twin=NO_CLOCK,
        looks_at=_RENEW,
        needs_clock=True,
    ),
    Rule(
        id="ping-time-in-future",
        title="pingTime must not be in the future",
        why="The election of the lease would wait for an answer while the candidate lives.",
        source=ELECTION_SOURCE,
        operations=WRITES,
        check=ping_time_in_future,
        twin=NO_CLOCK,
        looks_at=_PING,
        needs_clock=True,
    ),
    Rule(
        id="ping-time-not-from-server",
        title="pingTime is written by kube-apiserver alone",
        why="A ping that the server did not send makes the candidate answer, or the election wait.",
        source=ELECTION_SOURCE,
        operations=WRITES,
        check=ping_time_not_from_server,
        twin=Twin(
            _ping_twin,
            "only kube-apiserver pings candidates; leave spec.pingTime out, or as it is stored",
        ),
        default_action=Action.WARN,
        looks_at=_PING,
    ),
    Rule(
        id="renew-time-backwards",
        title="renewTime should not go back",
        why="It mostly means a clock that was set back; the candidate then misses its pings.",
        source=ELECTION_SOURCE,
        operations=UPDATES,
        check=renew_time_backwards,
        twin=twin(
            "!variables.isUpdate || variables.renewTime == '' || variables.oldRenewTime == '' || "
            "variables.renewTime >= variables.oldRenewTime",
            "spec.renewTime must not be before the stored one; "
            "check the clock of the candidate's node",
            exceptions="a time that is year 10000 in UTC: 9999-12-31 with a negative offset",
        ),
        default_action=Action.WARN,
        strict_action=Action.WARN,
        looks_at=_RENEW,
    ),
    Rule(
        id="renew-time-missing",
        title="A new candidate should have a renewTime",
        why="Without one it takes part in no election and is deleted within the hour.",
        source=ELECTION_SOURCE,
        operations=CREATES,
        check=renew_time_missing,
        twin=twin(
            "variables.isUpdate || variables.renewTime != ''",
            "without spec.renewTime the candidate takes part in no election and is deleted; "
            "set it to the current time",
        ),
        default_action=Action.WARN,
        looks_at=_RENEW,
    ),
    Rule(
        id="renew-time-stale",
        title="A new candidate should not have expired already",
        why="It takes part in no election and is deleted within the hour.",
        source=ELECTION_SOURCE,
        operations=CREATES,
        check=renew_time_stale,
        twin=NO_CLOCK,
        default_action=Action.WARN,
        looks_at=_RENEW,
        needs_clock=True,
    ),
)
