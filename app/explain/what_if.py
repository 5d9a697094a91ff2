"""Two explanations of one Lease beside each other: as it is, and as it would be."""

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

_GIVEN: frozenset[End] = frozenset({End.CREATED, End.ELECTED})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is, what would be, and what rules object to."""

    before: Explanation
    after: Explanation
    objections: list[Objection]

    @property
    def is_healthy(self) -> bool:
        """Whether somebody would lead, and nothing be denied."""
        denied = any(each.violation.action is Action.DENY for each in self.objections)
        return self.after.diagnosis.state.is_healthy and not denied

    @property
    def difference(self) -> str:
        """Who leads, and who would: one sentence."""
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
    if end in _GIVEN and electee:
        return f"{shown(electee)} is elected"
    if end is End.ASKED_TO_YIELD:
        return f"{shown(situation.holder)} is asked to yield to {shown(electee)}"
    if end in {End.CONFLICT, End.ANSWERED_CONFLICT}:
        return "the election is blocked by two strategies"
    if situation.is_held:
        return f"{shown(situation.holder)} leads on"
    return "nobody is elected"
