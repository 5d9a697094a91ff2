"""The figures of one Lease for metrics, and when the passing of time changes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from app.explain.diagnose import diagnose
from app.explain.held import YIELDS_WITHIN, asked_since
from app.explain.verdicts import rows
from app.leasecandidate.election import ELECTION_DURATION
from app.leasecandidate.spec import VALIDITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.explain.diagnosis import ElectionState
    from app.explain.situation import Situation
    from app.explain.verdicts import CandidateVerdict
    from app.leasecandidate import MicroTime

_LEAST: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """One Lease as it was judged.

    `expiry` is the end of a Lease that is not held, None where it is held or never was.
    `asked_since` is when its holder was asked to yield, `unanswered_since` the oldest ping that a
    live candidate has left without an answer. `due` is the last moment at which all of this holds.
    """

    namespace: str
    lease: str
    state: ElectionState
    is_held: bool
    is_coordinated: bool
    has_conflict: bool = False
    expiry: MicroTime | None = None
    verdicts: Mapping[CandidateVerdict, int] = field(default_factory=dict)
    asked_since: MicroTime | None = None
    unanswered_since: MicroTime | None = None
    due: MicroTime | None = None


def figures(situation: Situation) -> Figures:
    """Return the figures of a Lease, judged as `explain` judges it."""
    stored = situation.stored
    expiry = stored.lease.expiry if stored and not situation.is_held else None
    pings = [each.ping_time for each in situation.silent if each.ping_time is not None]
    return Figures(
        *situation.key,
        state=diagnose(situation).state,
        is_held=situation.is_held,
        is_coordinated=situation.is_coordinated,
        has_conflict=bool(situation.disagreeing),
        expiry=expiry,
        verdicts=Counter(row.verdict for row in rows(situation)),
        asked_since=_asked_since(situation),
        unanswered_since=min(pings, default=None),
        due=min((time for time in _ends(situation) if time >= situation.now), default=None),
    )


def _asked_since(situation: Situation) -> MicroTime | None:
    stored = situation.stored
    is_asked = situation.is_held and stored is not None and stored.lease.preferred_holder
    return asked_since(situation) if is_asked else None


def _ends(situation: Situation) -> Iterator[MicroTime]:
    """Yield the last moments at which something is as it is, past ones too."""
    if situation.stored is not None and situation.stored.lease.expiry is not None:
        yield situation.stored.lease.expiry
    if (asked := asked_since(situation)) is not None:
        yield asked + YIELDS_WITHIN
    for each in situation.candidates:
        if each.renew_time is not None:
            yield each.renew_time + VALIDITY
        if each.ping_time is not None:
            # An answer that comes at the very end of that time is late already.
            yield each.ping_time + ELECTION_DURATION - _LEAST
