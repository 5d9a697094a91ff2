"""Hints besides the diagnosis: who runs elections, wrong clocks, elections that chance decides."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from app.explain.words import duration, shown
from app.leasecandidate.election import ELECTION_DURATION, End
from app.leasecandidate.spec import VALIDITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.explain.situation import Situation
    from app.explain.verdicts import Row

_BEHIND: Final = -ELECTION_DURATION


def hints(situation: Situation, rows: Sequence[Row]) -> Iterator[str]:
    """Yield each hint as one sentence."""
    for row in rows:
        if row.clock_offset is not None:
            yield _clock(row, row.clock_offset)
    if not situation.disagreeing and any(
        step.end in {End.CONFLICT, End.ANSWERED_CONFLICT} for step in situation.steps
    ):
        yield (
            "Candidates with a lower binaryVersion disagree on the strategy; by chance, a step of "
            "the election ends there with an error."
        )
    controller = situation.controller
    if situation.is_coordinated and controller is not None and controller.is_running:
        yield f"Elections are run by the kube-apiserver {shown(controller.holder)}."


def _clock(row: Row, offset: timedelta) -> str:
    name = shown(row.candidate.name)
    if offset <= -VALIDITY:
        what = "so it counts as expired as soon as it renews; set the clock of its node"
    elif offset <= _BEHIND:
        what = (
            "so its answers count as older than the ping and it is never elected; set the clock "
            "of its node (chronyc tracking)"
        )
    elif offset < timedelta(0):
        what = "so its answer counts only that much later; set the clock of its node"
    else:
        what = "so it counts as having answered without being asked; set the clock of its node"
    side = "behind" if offset < timedelta(0) else "ahead of"
    return f"The clock of {name} is at least {duration(abs(offset))} {side} the server's, {what}."
