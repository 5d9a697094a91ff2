"""The diagnosis of a Lease whose candidates disagree on the strategy, which blocks its election."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from app.explain.diagnosis import Diagnosis, ElectionState, Remedy
from app.explain.next_step import next_step
from app.explain.words import kubectl, listed, shown
from app.leasecandidate.election import electees, place
from app.leasecandidate.spec import OLDEST_EMULATION_VERSION

if TYPE_CHECKING:
    from app.explain.situation import Situation
    from app.leasecandidate.election import Candidate


def conflict(situation: Situation, headline: str) -> Diagnosis:
    """Return the diagnosis; `headline` says who leads, or since when there is no leader."""
    wrong = outvoted(situation)
    names = [each.name for each in wrong]
    kept = kept_strategy(situation)
    strategies = " and ".join(shown(each.strategy) for each in situation.disagreeing)
    version = shown(situation.disagreeing[0].binary_version)
    if situation.is_held:
        then = (
            f" {shown(situation.holder)} stays while it renews; when it stops, nobody is elected "
            "as long as both sides answer pings."
        )
    else:
        then = " Nobody is elected as long as both sides answer pings."
    return Diagnosis(
        ElectionState.BLOCKED,
        f"{headline}. ELECTION BLOCKED: {len(situation.disagreeing)} strategies at the highest "
        "binaryVersion",
        f"Candidates with binaryVersion {version} ask for {strategies}; the highest version "
        f"decides, and it does not agree with itself.{then}",
        next_step(situation),
        (
            Remedy(
                f"roll {listed([*map(shown, names)])} out with the strategy {shown(kept)}, or "
                "remove the candidate for now (its process writes it again within 5 min)",
                kubectl(situation.key, "delete leasecandidate", *names),
            ),
            Remedy(f"then: {_afterwards(situation, wrong)}"),
        ),
    )


def kept_strategy(situation: Situation) -> str:
    """Return the strategy to keep: the leader's if it is one of them, else the most common one."""
    asked = [each.strategy for each in situation.disagreeing]
    leader = situation.leader
    if leader is not None and leader.strategy in asked:
        return leader.strategy
    counts = Counter(each.strategy for each in _highest(situation))
    return max(asked, key=lambda strategy: (counts[strategy], strategy == OLDEST_EMULATION_VERSION))


def outvoted(situation: Situation) -> list[Candidate]:
    """Return the candidates of the highest binaryVersion whose strategy is not the kept one."""
    kept = kept_strategy(situation)
    return [each for each in _highest(situation) if each.strategy != kept]


def _highest(situation: Situation) -> list[Candidate]:
    among = situation.live if situation.is_held else situation.able
    highest = place[situation.disagreeing[0].binary_version]
    return [each for each in among if place[each.binary_version] == highest]


def _afterwards(situation: Situation, wrong: list[Candidate]) -> str:
    if kept_strategy(situation) != OLDEST_EMULATION_VERSION:
        return f"whoever implements {shown(kept_strategy(situation))} picks the leader"
    left = [each for each in situation.able if each not in wrong]
    names = [shown(each.name) for each in electees(left)]
    if not names:
        return "nobody is left who can be elected"
    if situation.is_held and shown(situation.holder) in names:
        runner_up = "" if len(left) > 1 else ", with no other candidate"
        return f"{shown(situation.holder)} stays{runner_up}"
    return f"{' or '.join(names[:3])} is elected"
