"""What happened so far."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What happened so far; several threads write to it, each by appending.

    `attack` is the one that goes on now; by attack, `good_seconds` has what each good review took,
    `new_seconds` what it took with the handshake on a new connection, `new_lost` how many of those
    were not served, and `memory` what the server had.
    """

    attack: str = ""
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    good_seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    new_seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    new_lost: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    done: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
