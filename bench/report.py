"""The figures of a run as a table: medians over its rounds, and ratios to the reference."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Sample:
    """One peer in one round with so many connections; processor seconds are the server's."""

    peer: str
    round: int
    connections: int
    processor_seconds: float
    throughput: float
    p50: float
    p99: float


def table(samples: Sequence[Sample], reference: str) -> str:
    """Return the table as Markdown."""
    rows = [
        "| peer | connections | CPU per review | ratio (lowest, highest) | reviews/s | p50 | p99 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for connections in sorted({sample.connections for sample in samples}):
        chosen = [sample for sample in samples if sample.connections == connections]
        base = {s.round: s.processor_seconds for s in chosen if s.peer == reference}
        for peer in dict.fromkeys(sample.peer for sample in chosen):
            own = [sample for sample in chosen if sample.peer == peer]
            ratios = [sample.processor_seconds / base[sample.round] for sample in own]
            rows.append(
                f"| {peer} | {connections} "
                f"| {1e6 * median(s.processor_seconds for s in own):.0f} us "
                f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
                f"| {median(s.throughput for s in own):.0f} "
                f"| {1e3 * median(s.p50 for s in own):.2f} ms "
                f"| {1e3 * median(s.p99 for s in own):.2f} ms |"
            )
    return "\n".join(rows)
