"""What is so of a Lease: its state, why, what kube-apiserver does next, and what would help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ElectionState(StrEnum):
    """What a Lease is in. The first three are healthy: somebody leads, or leads on."""

    HELD = "Held"
    HANDOVER = "Handover"
    CONTESTED = "Contested"
    BLOCKED = "Blocked"
    NOT_YIELDING = "NotYielding"
    STALLED = "Stalled"
    LEADERLESS = "Leaderless"

    @property
    def is_healthy(self) -> bool:
        """Whether nobody has to do anything."""
        return self in _HEALTHY


_HEALTHY: Final = {ElectionState.HELD, ElectionState.HANDOVER, ElectionState.CONTESTED}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a person can do: a sentence, and the command if there is one. Nothing is carried out."""

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is said of a Lease. `headline` goes on after its name."""

    state: ElectionState
    headline: str
    why: str
    next: str = ""
    remedies: tuple[Remedy, ...] = ()
