"""Two explanations of one Lease: as it is, and under assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.explain.assume import Assumed, Objection, assume
from app.explain.explanation import Explanation, explain
from app.explain.words import shown
from app.leasecandidate.election import End
from app.leasecandidate.rules import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.explain.situation import Situation

_NEW_HOLDER: frozenset[End] = frozenset({End.CREATED, End.ELECTED})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The explanations before and after the assumptions, and what rules object to in them."""

    before: Explanation
    after: Explanation
    objections: list[Objection]

    @property
    def is_healthy(self) -> bool:
        """Whether the Lease is healthy after the assumptions, and no rule denies them."""
        denied = any(each.violation.action is Action.DENY for each in self.objections)
        return self.after.diagnosis.state.is_healthy and not denied

    @property
    def difference(self) -> str:
        """One sentence on who leads now, and who would lead."""
        now = self.before.situation.holder if self.before.situation.is_held else ""
        after = self.after.situation
        would = [_outcome(after, step.end, step.electee) for step in after.steps]
        chance = ", by chance" if len(set(would)) > 1 else ""
        led = f"{shown(now)} leads" if now else "nobody leads"
        return f"Today {led}; then {' or '.join(dict.fromkeys(would))}{chance}."


def compare(situation: Situation, assumed: Sequence[Assumed], without: Sequence[str]) -> WhatIf:
    """Return what the assumptions change."""
    after, objections = assume(situation, assumed, without)
    return WhatIf(explain(situation), explain(after), objections)


def _outcome(situation: Situation, end: End, electee: str) -> str:
    if end in _NEW_HOLDER and electee:
        return f"{shown(electee)} is elected"
    if end is End.ASKED_TO_YIELD:
        return f"{shown(situation.holder)} is asked to yield to {shown(electee)}"
    if end in {End.CONFLICT, End.ANSWERED_CONFLICT}:
        return "the election is blocked by two strategies"
    if situation.is_held:
        return f"{shown(situation.holder)} leads on"
    return "nobody is elected"
