"""The diagnosis of a Lease that has a leader."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from app.explain.conflict import conflict
from app.explain.diagnosis import Diagnosis, ElectionState, Remedy
from app.explain.next_step import next_step
from app.explain.words import ago, clock, coordinated, duration, either, kubectl, listed, shown
from app.leasecandidate.election import electees

if TYPE_CHECKING:
    from app.explain.situation import Situation
    from app.leasecandidate import MicroTime
    from app.leasecandidate.election import Lease

YIELDS_WITHIN: Final = timedelta(seconds=30)
"""A coordinated holder that is asked to yield stops at its renewDeadline (10 s by default) and a
retry; twice that is more than any common setting takes."""


def diagnose_held(situation: Situation) -> Diagnosis:
    """Return the diagnosis of a Lease that has a leader."""
    headline = _headline(situation)
    if not situation.live or situation.is_others_strategy:
        return Diagnosis(
            ElectionState.HELD, headline + _others(situation), _plain_reason(situation)
        )
    if situation.disagreeing:
        return conflict(situation, headline)
    if situation.leader is None and situation.best:
        return _foreign(situation, headline)
    if situation.holder not in {each.name for each in situation.best} and situation.best:
        return _better(situation, headline)
    return _best_leads(situation, headline)


def _headline(situation: Situation) -> str:
    lease = _lease(situation)
    renewed = ago(lease.renew_time, situation.now) if lease.renew_time else "never renewed"
    seconds = f"{lease.lease_duration_seconds} s lease"
    return f"held by {shown(situation.holder)} (renewed {renewed}, {seconds})"


def _others(situation: Situation) -> str:
    if not situation.is_others_strategy:
        return ""
    return f", picked by {shown(situation.strategy)}"


def _plain_reason(situation: Situation) -> str:
    if situation.is_others_strategy:
        return (
            f"The candidates ask for the strategy {shown(situation.strategy)}, so somebody else "
            "than kube-apiserver picks the leader."
        )
    if situation.candidates:
        return "Its holder renews it; no candidate is alive, so kube-apiserver elects nobody."
    return "Its holder renews it. Nobody stands for it, so kube-apiserver has no part in it."


def _best_leads(situation: Situation, headline: str) -> Diagnosis:
    """Return the diagnosis where the leader is the best candidate, or one of several equal ones."""
    number, names = len(situation.live), [each.name for each in situation.best]
    if len(names) > 1:
        others = [shown(name) for name in names if name != situation.holder]
        return Diagnosis(
            ElectionState.CONTESTED,
            f"{headline}. A tie with {listed(others)}",
            "They have the same versions and were created in the same second, so chance decides "
            "each time kube-apiserver looks, and the leader is asked to yield again and again.",
            next_step(situation),
            (
                Remedy(
                    "delete the candidates of the others, one after the other; each process "
                    "writes its own again within 5 min, and it is younger then",
                    kubectl(
                        situation.key, "delete leasecandidate", *_others_than_leader(situation)
                    ),
                ),
            ),
        )
    dead = [each for each in electees(situation.live) if each in situation.silent]
    if dead:
        gone = dead[0]
        last = f" (renewed {ago(gone.renew_time, situation.now)})" if gone.renew_time else ""
        return Diagnosis(
            ElectionState.CONTESTED,
            f"{headline}. The best candidate, {shown(gone.name)}, does not answer",
            f"{shown(gone.name)}{last} would be elected and does not answer pings, so "
            "kube-apiserver asks all others again every 5 s until it expires, 30 min after its "
            "last renewal.",
            next_step(situation),
            (
                Remedy(
                    f"if the process of {shown(gone.name)} is gone, remove its candidate",
                    kubectl(situation.key, "delete leasecandidate", gone.name),
                ),
            ),
        )
    if not situation.best:
        why = "No live candidate has versions that can be read, so nobody else is elected."
    elif number == 1:
        why = "It is the only live candidate."
    else:
        why = f"It is the best of {number} live candidates."
    preferred = _lease(situation).preferred_holder
    if preferred:
        return _handover(situation, headline, preferred, why)
    return Diagnosis(ElectionState.HELD, headline, why, next_step(situation))


def _others_than_leader(situation: Situation) -> list[str]:
    return [each.name for each in situation.best if each.name != situation.holder]


def _better(situation: Situation, headline: str) -> Diagnosis:
    """Return the diagnosis where the leader is a candidate, and another one is better."""
    names = [shown(each.name) for each in situation.best]
    which = either(names)
    why = f"{which} is better: {_reason(situation)}."
    preferred = _lease(situation).preferred_holder
    if preferred:
        return _handover(situation, headline, preferred, why)
    return Diagnosis(
        ElectionState.HANDOVER,
        f"{headline}, to be asked to yield to {which}",
        why,
        next_step(situation),
    )


def _reason(situation: Situation) -> str:
    best, leader = situation.best[0], situation.leader
    if leader is None:
        return "the leader is no candidate"
    if leader.emulation_version != best.emulation_version:
        return (
            f"it emulates {shown(best.emulation_version)}, the leader "
            f"{shown(leader.emulation_version)}, and the oldest is picked"
        )
    if leader.binary_version != best.binary_version:
        return (
            f"its binary is {shown(best.binary_version)}, the leader's "
            f"{shown(leader.binary_version)}, and the oldest is picked"
        )
    return "its versions are the same and it is older"


def _handover(situation: Situation, headline: str, preferred: str, why: str) -> Diagnosis:
    since = asked_since(situation)
    how_long = f" for {duration(situation.now.since(since))}" if since is not None else ""
    headline = f"{headline}, asked to yield to {shown(preferred)}{how_long}"
    if since is None or since + YIELDS_WITHIN >= situation.now:
        return Diagnosis(
            ElectionState.HANDOVER,
            headline,
            f"{why} A coordinated leader stops within 12 s, then the other is elected.",
            next_step(situation),
        )
    return Diagnosis(
        ElectionState.NOT_YIELDING,
        f"{headline}. NOT YIELDING",
        f"{why} A coordinated leader stops within 12 s of preferredHolder, and this one renews "
        "on: its process is not coordinated, or somebody else renews the Lease in its name.",
        next_step(situation),
        (_restart(situation),),
    )


def _foreign(situation: Situation, headline: str) -> Diagnosis:
    """Return the diagnosis where the leader is no candidate of the Lease."""
    holder, names = shown(situation.holder), [shown(each.name) for each in situation.best]
    which = either(names)
    since = asked_since(situation)
    asked = f", asked to yield to {which}"
    if since is not None:
        asked += f" (last at {clock(since, situation.now)})"
    writer = situation.stored.renewed_by if situation.stored else None
    who = f" (writer: {shown(writer.manager)})" if writer is not None else ""
    return Diagnosis(
        ElectionState.NOT_YIELDING,
        f"{headline}{asked}. NOT YIELDING",
        f"{holder} is no candidate of this Lease: its process is not coordinated{who}, and every "
        "renewal of it removes preferredHolder. Had only its candidate been deleted, it would "
        "stop within 12 s.",
        "Each time kube-apiserver finds preferredHolder gone, it writes it again.",
        (_restart(situation),),
    )


def _restart(situation: Situation) -> Remedy:
    return Remedy(
        f"restart the process of {shown(situation.holder)} {coordinated(situation.key)}, or stop "
        "it; the other is elected within 20 s of its last renewal"
    )


def asked_since(situation: Situation) -> MicroTime | None:
    """Return when preferredHolder was written, None where managedFields do not say it."""
    writer = situation.stored.asked_by if situation.stored else None
    return writer.time if writer is not None else None


def _lease(situation: Situation) -> Lease:
    if situation.stored is None:
        raise AssertionError("a Lease that is held is stored")
    return situation.stored.lease
