"""What an election makes of each candidate: the rows of the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.explain.conflict import kept_strategy, outvoted
from app.explain.words import clock, duration, listed, shown
from app.leasecandidate.election import ELECTION_DURATION, electees, is_electable
from app.leasecandidate.spec import VALIDITY

if TYPE_CHECKING:
    from app.explain.objects import StoredCandidate
    from app.explain.situation import Situation
    from app.leasecandidate import MicroTime
    from app.leasecandidate.election import Candidate

LEAST_OFFSET: Final = timedelta(seconds=2)
"""Two clocks that are nearer are not told apart: the server's times have whole seconds."""


class Verdict(StrEnum):
    """What a candidate is in the election of its Lease."""

    LEADER = "Leader"
    LAST_LEADER = "LastLeader"
    NEXT = "Next"
    TIE = "Tie"
    ASKED = "Asked"
    SILENT = "Silent"
    DISAGREES = "Disagrees"
    UNREADABLE = "Unreadable"
    EXPIRED = "Expired"
    STANDS_BY = "StandsBy"


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate: what it is, and that in words.

    `clock_offset` is the lead of its clock over the server's, if that is known and not small.
    """

    candidate: Candidate
    verdict: Verdict
    text: str
    clock_offset: timedelta | None = None


def rows(situation: Situation) -> list[Row]:
    """Return a row for each candidate, the leader first, the expired last."""
    judge = _Judge(situation)
    order = list(Verdict)
    found = [judge.row(stored) for stored in situation.standing]
    return sorted(found, key=lambda row: (order.index(row.verdict), row.candidate.name))


class _Judge:
    """Knows what all rows of a table need."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._now = situation.now
        self._runner_up = dict.fromkeys(_runner_up(situation))
        best = [each.name for each in situation.best]
        self._tied = best if situation.holder in best else [*self._runner_up]
        self._outvoted: set[str] = set()
        self._disagrees = ""
        if situation.disagreeing:
            kept = kept_strategy(situation)
            self._outvoted = {each.name for each in outvoted(situation)}
            others = [shown(each.name) for each in situation.live if each.strategy == kept]
            self._disagrees = f"disagrees with {listed(others)}"

    def row(self, stored: StoredCandidate) -> Row:
        each = stored.candidate
        verdict, text = self._unable(each) or self._able(each)
        offset = clock_offset(stored)
        if offset is not None:
            side = "behind" if offset < timedelta(0) else "ahead of"
            text += f", clock at least {duration(abs(offset))} {side} the server's"
        return Row(each, verdict, text, offset)

    def _unable(self, each: Candidate) -> tuple[Verdict, str] | None:
        """Return why it is not elected now, None where it can be or leads."""
        if each.is_expired(self._now):
            return Verdict.EXPIRED, _expired(each, self._now)
        silence = _silence(each, self._now)
        if each.name == self._situation.holder and self._situation.is_held:
            return Verdict.LEADER, ", ".join(filter(None, ("leader", silence)))
        if silence:
            is_awaited = each.is_waited_for(self._now)
            text = ", ".join(filter(None, (self._last(each), silence)))
            return (Verdict.ASKED if is_awaited else Verdict.SILENT), text
        if each.name in self._outvoted:
            return Verdict.DISAGREES, self._disagrees
        if not self._situation.is_others_strategy and not is_electable(each):
            return Verdict.UNREADABLE, "its versions cannot be read, never elected"
        return None

    def _last(self, each: Candidate) -> str:
        return "last leader" if each.name == self._situation.holder else ""

    def _able(self, each: Candidate) -> tuple[Verdict, str]:
        last = self._last(each)
        if each.name not in self._runner_up:
            return (Verdict.LAST_LEADER, last) if last else (Verdict.STANDS_BY, "stands by")
        tied = [shown(name) for name in self._tied if name != each.name]
        if tied and each.name in self._tied:
            text, verdict = f"tie with {listed(tied)}: chance decides", Verdict.TIE
        else:
            text, verdict = "next", Verdict.NEXT
        return verdict, ", ".join(filter(None, (last, text)))


def _runner_up(situation: Situation) -> list[str]:
    """Return who would lead without the leader: several where chance decides."""
    if situation.disagreeing or situation.is_others_strategy:
        return []
    if not situation.is_held:
        return [each.name for each in situation.best]
    return [each.name for each in electees(e for e in situation.able if e.name != situation.holder)]


def _expired(each: Candidate, now: MicroTime) -> str:
    if each.renew_time is None:
        return "never renewed, counts as expired, not asked"
    return f"expired {clock(each.renew_time + VALIDITY, now)}, not asked"


def _silence(each: Candidate, now: MicroTime) -> str:
    if each.ping_time is None or not each.owes_answer:
        return ""
    until = clock(each.ping_time + ELECTION_DURATION, now)
    if each.is_waited_for(now):
        return f"asked, has until {until} to answer"
    return f"no answer by {until}: left out, not asked again until it renews"


def clock_offset(stored: StoredCandidate) -> timedelta | None:
    """Return by how much the candidate's clock is ahead of the server's, negative for behind.

    The server notes when it stored a renewal, the candidate writes what time it thinks it is. None
    where that is not known or less than LEAST_OFFSET.
    """
    renewed, writer = stored.candidate.renew_time, stored.renewed_by
    if renewed is None or writer is None:
        return None
    offset = renewed.since(writer.time)
    # The server cuts its time to whole seconds, so up to a second ahead is no offset.
    if offset > timedelta(seconds=1):
        offset -= timedelta(seconds=1)
    return offset if abs(offset) >= LEAST_OFFSET else None
