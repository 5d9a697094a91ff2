"""Applies assumptions to a Lease: candidates that are changed, added or removed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from app.explain.objects import StoredCandidate
from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, ObjectMeta
from app.leasecandidate.election import Candidate
from app.leasecandidate.rules import RulesConfiguration, Ruleset, Sibling, Violation, Write
from app.leasecandidate.spec import OLDEST_EMULATION_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.explain.objects import StoredLease
    from app.explain.situation import Situation

_ASSUMED: Final = re.compile(
    r"(?P<name>[^=]+)=(?P<binary>[^/]*)/(?P<emulation>[^/]*)(?:/(?P<strategy>.+))?"
)


@dataclass(frozen=True, slots=True)
class Assumed:
    """An assumed candidate. Without `strategy` it keeps its own; a new one takes the others'."""

    name: str
    binary_version: str
    emulation_version: str
    strategy: str = ""

    @classmethod
    def parse(cls, text: str) -> Assumed:
        """Read NAME=BINARY/EMULATION or NAME=BINARY/EMULATION/STRATEGY; ValueError says which."""
        match = _ASSUMED.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text!r} is not like NAME=BINARY/EMULATION or NAME=BINARY/EMULATION/STRATEGY"
            )
        return cls(match["name"], match["binary"], match["emulation"], match["strategy"] or "")


@dataclass(frozen=True, slots=True)
class Objection:
    """What a rule of the profile `recommended` says about an assumed candidate."""

    name: str
    violation: Violation


def assume(
    situation: Situation, assumed: Sequence[Assumed], without: Sequence[str]
) -> tuple[Situation, list[Objection]]:
    """Return the situation under the assumptions, and what the rules object to in them.

    Every live candidate has answered the last ping. A candidate that a rule denies still counts, so
    that its effect is shown. Where the leader is removed, the Lease has expired.
    """
    strategy = situation.strategy or OLDEST_EMULATION_VERSION
    candidates = {stored.candidate.name: stored for stored in situation.stored_candidates}
    objections = []
    for each in assumed:
        before = candidates.get(each.name)
        after = _after(each, before.candidate if before else None, strategy, situation)
        candidates[each.name] = StoredCandidate(situation.key, after)
        others = [other.candidate for name, other in candidates.items() if name != each.name]
        objections += _objections(situation, after, others)
    for name in without:
        candidates.pop(name, None)
    answering = tuple(
        replace(stored, candidate=_answering(stored.candidate, situation), renewed_by=None)
        for stored in candidates.values()
    )
    lease = _lease(situation, without)
    return replace(situation, stored_candidates=answering, stored=lease), objections


def _after(
    each: Assumed, before: Candidate | None, strategy: str, situation: Situation
) -> Candidate:
    return replace(
        before or Candidate(each.name, created=situation.now),
        binary_version=each.binary_version,
        emulation_version=each.emulation_version,
        strategy=each.strategy or (before.strategy if before else strategy),
        renew_time=situation.now,
    )


def _answering(candidate: Candidate, situation: Situation) -> Candidate:
    """Return a live candidate as it is once it has answered the next ping."""
    if candidate.is_expired(situation.now):
        return candidate
    return replace(candidate, renew_time=situation.now)


def _lease(situation: Situation, without: Sequence[str]) -> StoredLease | None:
    stored = situation.stored
    if stored is None or not situation.is_held or situation.holder not in without:
        return stored
    expired = situation.now - timedelta(
        seconds=stored.lease.lease_duration_seconds or 0, microseconds=1
    )
    return replace(stored, lease=replace(stored.lease, renew_time=expired))


def _objections(
    situation: Situation, after: Candidate, others: Sequence[Candidate]
) -> list[Objection]:
    """Judge a candidate as the CREATE of a new process: no process changes its own versions."""
    siblings = tuple(
        Sibling(other.binary_version, other.strategy, other.renew_time) for other in others
    )
    write = Write(
        _wire(situation, after),
        now=situation.now,
        siblings=siblings,
    )
    found = Ruleset(RulesConfiguration()).evaluate(write).violations
    return [Objection(after.name, violation) for violation in found]


def _wire(situation: Situation, candidate: Candidate) -> LeaseCandidate:
    return LeaseCandidate(
        metadata=ObjectMeta(
            name=candidate.name,
            namespace=situation.key.namespace,
        ),
        spec=LeaseCandidateSpec(
            lease_name=situation.key.name,
            binary_version=candidate.binary_version,
            emulation_version=candidate.emulation_version,
            strategy=candidate.strategy,
            renew_time=candidate.renew_time,
            ping_time=candidate.ping_time,
        ),
    )
