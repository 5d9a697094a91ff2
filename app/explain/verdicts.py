"""The verdict on each candidate in the election of its Lease: the rows of the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from app.explain.conflict import kept_strategy, outvoted
from app.explain.words import MOST_LISTED, clock, duration, listed, shown
from app.leasecandidate.election import ELECTION_DURATION, electees, is_electable
from app.leasecandidate.spec import VALIDITY

if TYPE_CHECKING:
    from app.explain.objects import StoredCandidate
    from app.explain.situation import Situation
    from app.leasecandidate import MicroTime
    from app.leasecandidate.election import Candidate

LEAST_OFFSET: Final = timedelta(seconds=2)
"""A smaller offset of a clock is not reported, since the server's times have whole seconds."""


class CandidateVerdict(StrEnum):
    """The part of a candidate in the election of its Lease."""

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
    """One candidate, the verdict on it, and the verdict in words.

    `clock_offset` is by how much its clock is ahead of the server's, None where that is not known
    or less than LEAST_OFFSET.
    """

    candidate: Candidate
    verdict: CandidateVerdict
    text: str
    clock_offset: timedelta | None = None


def rows(situation: Situation) -> list[Row]:
    """Return a row for each candidate, the leader first, the expired last."""
    judge = _Judge(situation)
    order = list(CandidateVerdict)
    found = [judge.row(stored) for stored in situation.stored_candidates]
    return sorted(found, key=lambda row: (order.index(row.verdict), row.candidate.name))


class _Judge:
    """Makes the rows of one table; holds what they have in common."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._now = situation.now
        self._runner_up = dict.fromkeys(_runner_up(situation))
        best = [each.name for each in situation.best]
        self._tied = dict.fromkeys(best) if situation.holder in best else self._runner_up
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

    def _unable(self, each: Candidate) -> tuple[CandidateVerdict, str] | None:
        """Return the verdict on the leader and on those that cannot be elected, None for others."""
        if each.is_expired(self._now):
            return CandidateVerdict.EXPIRED, _expired(each, self._now)
        silence = _silence(each, self._now)
        if each.name == self._situation.holder and self._situation.is_held:
            return CandidateVerdict.LEADER, ", ".join(filter(None, ("leader", silence)))
        if silence:
            is_awaited = each.is_waited_for(self._now)
            text = ", ".join(filter(None, (self._last(each), silence)))
            return (CandidateVerdict.ASKED if is_awaited else CandidateVerdict.SILENT), text
        if each.name in self._outvoted:
            return CandidateVerdict.DISAGREES, self._disagrees
        if not self._situation.is_others_strategy and not is_electable(each):
            return CandidateVerdict.UNREADABLE, "its versions cannot be read, never elected"
        return None

    def _last(self, each: Candidate) -> str:
        return "last leader" if each.name == self._situation.holder else ""

    def _able(self, each: Candidate) -> tuple[CandidateVerdict, str]:
        last = self._last(each)
        if each.name not in self._runner_up:
            return (
                (CandidateVerdict.LAST_LEADER, last)
                if last
                else (CandidateVerdict.STANDS_BY, "stands by")
            )
        if len(self._tied) > 1 and each.name in self._tied:
            # A few of them: with all, thousands that are tied would be quadratic.
            others = islice((name for name in self._tied if name != each.name), MOST_LISTED)
            tied = listed([shown(name) for name in others], len(self._tied) - 1)
            text, verdict = f"tie with {tied}: chance decides", CandidateVerdict.TIE
        else:
            text, verdict = "next", CandidateVerdict.NEXT
        return verdict, ", ".join(filter(None, (last, text)))


def _runner_up(situation: Situation) -> list[str]:
    """Return who would be elected without the leader; one of several, by chance."""
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

    That is the difference of a renewTime, which the candidate writes, to the time in managedFields,
    which the server writes. None where that is not known or less than LEAST_OFFSET.
    """
    renewed, writer = stored.candidate.renew_time, stored.renewed_by
    if renewed is None or writer is None:
        return None
    offset = renewed.since(writer.time)
    # The server cuts its time to whole seconds, so up to a second ahead is no offset.
    if offset > timedelta(seconds=1):
        offset -= timedelta(seconds=1)
    return offset if abs(offset) >= LEAST_OFFSET else None
