"""The figures of a run as a table: medians over its rounds, and ratios to the reference."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Sample:
    """One peer in one round under one load; processor seconds are the server's, for a review."""

    peer: str
    round: int
    load: str
    processor_seconds: float
    throughput: float
    p50: float
    p99: float


def table(samples: Sequence[Sample], peers: Sequence[str]) -> str:
    """Return the table as Markdown; the first peer is the one that ratios compare with."""
    rows = [
        "| load | peer | CPU per review | ratio (lowest, highest) | reviews/s | p50 | p99 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for load in dict.fromkeys(sample.load for sample in samples):
        chosen = [sample for sample in samples if sample.load == load]
        base = {s.round: s.processor_seconds for s in chosen if s.peer == peers[0]}
        for peer in peers:
            own = [sample for sample in chosen if sample.peer == peer]
            ratios = [sample.processor_seconds / base[sample.round] for sample in own]
            rows.append(
                f"| {load} | {peer} "
                f"| {1e6 * median(s.processor_seconds for s in own):.0f} us "
                f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
                f"| {median(s.throughput for s in own):.0f} "
                f"| {1e3 * median(s.p50 for s in own):.2f} ms "
                f"| {1e3 * median(s.p99 for s in own):.2f} ms |"
            )
    return "\n".join(rows)
