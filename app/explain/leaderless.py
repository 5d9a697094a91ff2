"""The diagnosis of a coordinated Lease that has no leader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.explain.conflict import conflict
from app.explain.diagnosis import Diagnosis, ElectionState, Remedy
from app.explain.next_step import next_step
from app.explain.words import ago, clock, coordinated, duration, either, kubectl, listed, shown

if TYPE_CHECKING:
    from app.explain.situation import Situation


def leaderless(situation: Situation) -> str:
    """Return the headline: since when there is no leader, and who led before."""
    if situation.stored is None:
        return "NO LEADER (there is no Lease yet)"
    lease, now = situation.stored.lease, situation.now
    if lease.holder_identity is None:
        return "NO LEADER (the Lease names no holder)"
    renewed = f"; last written {ago(lease.renew_time, now)}" if lease.renew_time else ""
    if not lease.holder_identity:
        return f"NO LEADER (released{renewed})"
    if lease.expiry is None:
        return f"NO LEADER ({shown(lease.holder_identity)} never renewed it)"
    return (
        f"NO LEADER for {duration(now.since(lease.expiry))} (expired "
        f"{clock(lease.expiry, now)}, last holder {shown(lease.holder_identity)})"
    )


def diagnose_leaderless(situation: Situation) -> Diagnosis:
    """Return the diagnosis of a coordinated Lease that has no leader."""
    lease = situation.stored.lease if situation.stored else None
    # The first diagnosis that applies is the one to report.
    diagnoses = (
        (not situation.live, _nobody_stands),
        (bool(situation.disagreeing), conflict),
        (situation.is_others_strategy, _others),
        (lease is not None and lease.holder_identity is None, _nameless),
        (bool(situation.awaited), _awaited),
        (not situation.able, _all_silent),
        (not situation.best, _unreadable),
        (is_stalled(situation), _stalled),
        (True, _elects),
    )
    diagnose = next(diagnose for applies, diagnose in diagnoses if applies)
    return diagnose(situation, leaderless(situation))


def is_stalled(situation: Situation) -> bool:
    """Whether the last holder is the best candidate and has renewed that since the Lease expired.

    kube-apiserver then does nothing: it only replaces a holder by another one.
    """
    expiry = situation.stored.lease.expiry if situation.stored else None
    last = situation.leader
    return (
        last is not None
        and [each.name for each in situation.best] == [last.name]
        and expiry is not None
        and last.renew_time is not None
        and last.renew_time > expiry
    )


def _stalled(situation: Situation, headline: str) -> Diagnosis:
    holder = shown(situation.holder)
    return Diagnosis(
        ElectionState.STALLED,
        f"{headline}. STALLED",
        f"{holder} is the best candidate and answers, but does not renew the Lease, and "
        "kube-apiserver gives an expired Lease to another name only. This does not end by "
        "itself.",
        next_step(situation),
        (
            Remedy(
                f"delete the Lease; kube-apiserver creates it anew for {holder}, whose process "
                "takes it up if it still stands",
                kubectl(situation.key, "delete lease", situation.key.name),
            ),
            Remedy(f"restart the process of {holder} if it does not lead then"),
        ),
    )


def _nobody_stands(situation: Situation, headline: str) -> Diagnosis:
    number = len(situation.candidates)
    if number:
        why = f"No candidate is alive: {number} expired, 30 min after the last renewal."
    else:
        why = "Nobody stands for it: there is no candidate."
    remedy = Remedy(f"see whether the component runs, {coordinated(situation.key)}")
    return Diagnosis(ElectionState.LEADERLESS, headline, why, next_step(situation), (remedy,))


def _others(situation: Situation, headline: str) -> Diagnosis:
    strategy = shown(situation.strategy)
    return Diagnosis(
        ElectionState.LEADERLESS,
        f"{headline}. Left to {strategy}",
        f"The candidates ask for the strategy {strategy}, so somebody else than kube-apiserver "
        "has to pick the leader, and has not.",
        next_step(situation),
        (Remedy(f"see whether the program that implements {strategy} runs"),),
    )


def _nameless(situation: Situation, headline: str) -> Diagnosis:
    return Diagnosis(
        ElectionState.BLOCKED,
        headline,
        "A coordinated Lease names a holder, an empty one included.",
        "",
        (
            Remedy(
                "give it an empty one",
                kubectl(
                    situation.key,
                    "patch lease",
                    situation.key.name,
                    "--type=merge",
                    "--patch",
                    '{"spec":{"holderIdentity":""}}',
                ),
            ),
        ),
    )


def _awaited(situation: Situation, headline: str) -> Diagnosis:
    names = [shown(each.name) for each in situation.awaited]
    were, have = ("was", "has") if len(names) == 1 else ("were", "have")
    return Diagnosis(
        ElectionState.LEADERLESS,
        f"{headline}. Waiting for answers",
        f"An election is under way: {listed(names)} {were} asked and {have} time to answer.",
        next_step(situation),
    )


def _all_silent(situation: Situation, headline: str) -> Diagnosis:
    names = listed([shown(each.name) for each in situation.silent])
    return Diagnosis(
        ElectionState.BLOCKED,
        f"{headline}. NOBODY ANSWERS",
        f"Nobody has answered the last ping in time, so nobody is elected: {names}. Who does not "
        "answer is not asked again until it renews.",
        next_step(situation),
        (
            Remedy(
                "look at the log of the component for failed updates of leasecandidates, and at "
                "the clocks of its nodes (chronyc tracking)"
            ),
        ),
    )


def _unreadable(situation: Situation, headline: str) -> Diagnosis:
    names = listed([shown(each.name) for each in situation.able])
    return Diagnosis(
        ElectionState.BLOCKED,
        f"{headline}. NOBODY CAN BE ELECTED",
        f"No version of {names} can be read: OldestEmulationVersion needs a semantic "
        "binaryVersion and emulationVersion.",
        next_step(situation),
        (Remedy("start the component with versions like 1.37.0"),),
    )


def _elects(situation: Situation, headline: str) -> Diagnosis:
    names = [shown(each.name) for each in situation.best]
    who = either(names)
    silent = listed([shown(each.name) for each in situation.silent])
    left_out = f" {silent} did not answer, so it is left out." if silent else ""
    return Diagnosis(
        ElectionState.LEADERLESS,
        f"{headline}. {who} is next",
        f"{who} is the best who can answer.{left_out}",
        next_step(situation),
    )
