"""What kube-apiserver does with a Lease next, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.explain.snapshot import CONTROLLER
from app.explain.words import clock, listed, shown
from app.leasecandidate.election import ELECTION_DURATION, End
from app.leasecandidate.spec import GROUP, VERSIONS

if TYPE_CHECKING:
    from app.explain.situation import Situation
    from app.leasecandidate.election import Step

_IDLE: Final = "kube-apiserver looks again every 5 s and changes nothing"
_STOPS: Final = "kube-apiserver logs an error, changes nothing and does not look again by itself"
_NOBODY: Final = (
    "Nothing: no kube-apiserver runs elections, since nobody holds "
    f"{CONTROLLER}. They are switched on with --feature-gates=CoordinatedLeaderElection=true and "
    f"--runtime-config={GROUP}/{VERSIONS[0]}=true."
)
_CLAUSES: Final = {
    End.CONFLICT: "kube-apiserver logs an error every 5 s and changes nothing",
    End.BEST_LEADS: _IDLE,
    End.NOT_OURS: _IDLE,
    End.NO_ELECTEE: _IDLE,
    End.UNCHANGED: _IDLE,
    End.ASKED_TO_YIELD: (
        "within 5 s kube-apiserver asks {holder} to yield to {electee} (preferredHolder)"
    ),
    End.CREATED: "within 5 s kube-apiserver creates the Lease, without a holder",
    End.STRATEGY_SET: "within 5 s kube-apiserver sets the strategy of the Lease to {strategy}",
    End.NO_CANDIDATES: "kube-apiserver does nothing until a candidate renews",
}


def next_step(situation: Situation) -> str:
    """Return one or two sentences; where chance decides, one clause for each outcome."""
    if situation.controller is not None and not situation.controller.is_running:
        return _NOBODY
    said = dict.fromkeys(_clause(step, situation) for step in situation.steps)
    chance = ", by chance" if len(said) > 1 else ""
    text = f"{', or '.join(said)}{chance}."
    # The name of a program begins a sentence as it is.
    first = text if text.startswith("kube-") else text[:1].upper() + text[1:]
    return first + _wake(situation)


def _clause(step: Step, situation: Situation) -> str:
    if step.end is End.WAITING:
        return _waiting(step, situation)
    if step.end in {End.CREATED, End.ELECTED} and step.electee:
        return f"within 5 s kube-apiserver makes {shown(step.electee)} the holder"
    return _CLAUSES.get(step.end, _STOPS).format(
        holder=shown(situation.holder), electee=shown(step.electee), strategy=shown(step.strategy)
    )


def _waiting(step: Step, situation: Situation) -> str:
    if step.pinged:
        return (
            f"within 5 s kube-apiserver asks {listed([*map(shown, step.pinged)])} to renew and "
            "waits 5 s for answers"
        )
    names = [shown(each.name) for each in situation.awaited]
    until = max(
        each.ping_time + ELECTION_DURATION
        for each in situation.awaited
        if each.ping_time is not None
    )
    return f"kube-apiserver waits for {listed(names)} until {clock(until, situation.now)}"


def _wake(situation: Situation) -> str:
    """Return what makes kube-apiserver look again, where it does not do so by itself."""
    if all(step.is_requeued for step in situation.steps) or not situation.live:
        return ""
    due = situation.next_heartbeat
    when = f", at the latest about {clock(due, situation.now)}" if due is not None else ""
    return f" It looks when a candidate renews or the Lease is written{when}."
