"""What came of it: the table, and what of it is not as it must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.load import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.soak.attacks import Attack
    from bench.soak.tally import Tally

NOBODY: Final = "nobody"
"""The name of the time without an attack."""

_GROWTH: Final = 1.1
_SECONDS: Final = 0.25
_MIB: Final = 2**20


@dataclass(frozen=True)
class Outcome:
    """A run: attacks, tally, the resident memory before it and after each round, restarts.

    `limit` is the memory that the server may have in bytes, 0 where there was no such limit, and
    `peak` what it had of that at most, as the kernel counts it.
    """

    attacks: Sequence[Attack]
    tally: Tally
    rounds: list[int]
    limit: int = 0
    peak: int = 0
    restarts: int = 0

    def percentile(self, attack: str, percent: float) -> float:
        """Return the seconds within which so many of 100 good reviews were answered."""
        return Result(1, self.tally.good_seconds[attack]).percentile(percent)

    def failures(self) -> Iterator[str]:
        """Yield a sentence for everything that is not as it must be."""
        tally = self.tally
        if tally.lost:
            yield f"{len(tally.lost)} good reviews were lost"
        if tally.wrong:
            yield f"{len(tally.wrong)} answers were wrong"
        if self.restarts:
            yield "the server did not live through it"
        for attack in self.attacks:
            if not tally.good_seconds[attack.name]:
                yield f"no good review was answered beside: {attack.name}"
            elif (slow := self.percentile(attack.name, 99)) >= _SECONDS:
                yield f"p99 of good reviews is {slow * 1e3:.0f} ms beside: {attack.name}"
        first, last = self.rounds[1], self.rounds[-1]
        if last > first * _GROWTH:
            yield f"memory grew from {_mib(first)} after the first round to {_mib(last)}"
        if self.limit and last * 2 >= self.limit:
            yield f"{_mib(last)} after the last round are not under half the limit"

    def table(self) -> str:
        """Return the figures as Markdown."""
        before, *after = self.rounds
        good = sum(map(len, self.tally.good_seconds.values()))
        limit = f"limited to {_mib(self.limit)} by a cgroup" if self.limit else "not limited"
        lines = [
            f"{good} good reviews on 4 connections; {len(self.tally.lost)} lost, "
            f"{len(self.tally.wrong)} wrong, {self.restarts} restarts. Memory is {limit}"
            + (
                f", which counted at most {_mib(self.peak)}, sockets included. "
                if self.peak
                else ". "
            )
            + f"Resident before: {_mib(before)}; after each round: {', '.join(map(_mib, after))}.",
            "",
            "| attack | clients | times | good: p50 | p99 | slowest | new in 1 s | most memory |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
            self._row(NOBODY, 0),
            *(self._row(attack.name, attack.clients) for attack in self.attacks),
        ]
        return "\n".join(lines)

    def _row(self, name: str, clients: int) -> str:
        if not self.tally.good_seconds[name]:
            return f"| {name} | {clients} | {self.tally.done[name]} | | | | | |"
        shown = (f"{self.percentile(name, percent) * 1e3:.0f} ms" for percent in (50, 99, 100))
        new, lost = self.tally.new_seconds[name], self.tally.new_lost[name]
        served = f"{sum(took < 1 for took in new)} of {len(new) + lost}"
        memory = _mib(max(self.tally.memory[name]))
        cells = (name, clients, self.tally.done[name], *shown, served, memory)
        return f"| {' | '.join(map(str, cells))} |"


def _mib(size: int) -> str:
    return f"{size / _MIB:.0f} MiB"
