"""The diagnosis of a Lease: its state, why, what kube-apiserver does next, and what would help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ElectionState(StrEnum):
    """The state of a Lease. In the first three, which are healthy, it has a leader."""

    HELD = "Held"
    HANDOVER = "Handover"
    CONTESTED = "Contested"
    BLOCKED = "Blocked"
    NOT_YIELDING = "NotYielding"
    STALLED = "Stalled"
    LEADERLESS = "Leaderless"

    @property
    def is_healthy(self) -> bool:
        """Whether no action is needed."""
        return self in _HEALTHY


_HEALTHY: Final = {ElectionState.HELD, ElectionState.HANDOVER, ElectionState.CONTESTED}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a person can do: a sentence, and a command if there is one, which is never executed."""

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The diagnosis of one Lease. `headline` continues the line that begins with its name."""

    state: ElectionState
    headline: str
    why: str
    next: str = ""
    remedies: tuple[Remedy, ...] = ()
