"""How long self-managed certificates live, and the relations that must hold between the times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from app.pki.authority import BACKDATE

_DAY: Final = 86_400.0
_MOST_MARGIN: Final = BACKDATE.total_seconds()


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Times in seconds; ValueError where they contradict each other.

    A CA gets a successor `look_ahead` before the last time at which it can sign a leaf. A published
    bundle takes at most `propagation` to reach every kube-apiserver. The clocks of two machines
    differ by at most `clock_margin`.
    """

    authority: float = 365 * _DAY
    leaf: float = 30 * _DAY
    look_ahead: float = 10 * _DAY
    propagation: float = 300.0
    clock_margin: float = 300.0

    def __post_init__(self) -> None:
        times = (self.authority, self.leaf, self.look_ahead, self.propagation)
        if not all(0 < time < math.inf for time in times):
            raise ValueError("lifetimes must be above 0 seconds")
        if not 0 <= self.clock_margin * 2 < self.leaf / 3:
            raise ValueError("a third of a leaf must be longer than twice the clock margin")
        if self.clock_margin > _MOST_MARGIN:
            raise ValueError(
                f"the clock margin must be at most {_MOST_MARGIN:g} s, which is how long before "
                "their making certificates begin to be valid"
            )
        if self.propagation * 2 >= self.look_ahead:
            raise ValueError(
                "the look-ahead must be longer than twice the propagation time, "
                "or a CA could end while its successor waits"
            )
        if self.leaf + 2 * self.look_ahead >= self.authority:
            raise ValueError(
                "a leaf and twice the look-ahead must be shorter than the lifetime of a CA, "
                "or a new CA would be replaced before it has issued a leaf"
            )
