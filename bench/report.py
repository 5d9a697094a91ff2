"""The figures of a run as tables: medians over its rounds, and ratios to the reference."""

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


@dataclass(frozen=True)
class Footprint:
    """What a peer takes beside its reviews: seconds of each of its starts, memory at the end."""

    peer: str
    start_seconds: tuple[float, ...]
    memory_bytes: int


@dataclass(frozen=True)
class Requirement:
    """A figure that must not be larger than `must`, and would better be at most `goal`."""

    name: str
    must: float
    goal: float
    unit: str
    measured: float


def ratios(samples: Sequence[Sample], load: str, peer: str, reference: str) -> list[float]:
    """Return the processor seconds of a peer divided by the reference's, for each round."""
    return [own / other for own, other in _pairs(samples, load, peer, reference)]


def differences(samples: Sequence[Sample], load: str, peer: str, reference: str) -> list[float]:
    """Return how many more processor seconds a peer takes than the reference, for each round."""
    return [own - other for own, other in _pairs(samples, load, peer, reference)]


def _pairs(
    samples: Sequence[Sample], load: str, peer: str, reference: str
) -> list[tuple[float, float]]:
    seconds = {
        (sample.peer, sample.round): sample.processor_seconds
        for sample in samples
        if sample.load == load
    }
    rounds = sorted({number for name, number in seconds if name == peer})
    return [(seconds[peer, number], seconds[reference, number]) for number in rounds]


def table(samples: Sequence[Sample], peers: Sequence[str], plain: str) -> str:
    """Return the table as Markdown.

    The first peer is the one that ratios compare with, `plain` the one that differences do.
    """
    rows = [
        f"| reviews | peer | CPU each | ratio (lowest, highest) | over {plain} | /s | p50 | p99 |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for load in dict.fromkeys(sample.load for sample in samples):
        for peer in peers:
            own = [sample for sample in samples if (sample.load, sample.peer) == (load, peer)]
            compared = ratios(samples, load, peer, peers[0])
            rows.append(
                f"| {load} | {peer} "
                f"| {1e6 * median(s.processor_seconds for s in own):.0f} us "
                f"| {median(compared):.2f} ({min(compared):.2f} to {max(compared):.2f}) "
                f"| {1e6 * median(differences(samples, load, peer, plain)):+.0f} us "
                f"| {median(s.throughput for s in own):.0f} "
                f"| {1e3 * median(s.p50 for s in own):.2f} ms "
                f"| {1e3 * median(s.p99 for s in own):.2f} ms |"
            )
    return "\n".join(rows)


def footprint_table(footprints: Sequence[Footprint]) -> str:
    """Return what the peers take beside their reviews, as Markdown."""
    rows = ["| peer | ready after (lowest, highest) | memory at the end |", "|---|--:|--:|"]
    for footprint in footprints:
        starts = footprint.start_seconds
        rows.append(
            f"| {footprint.peer} "
            f"| {median(starts):.2f} s ({min(starts):.2f} to {max(starts):.2f}) "
            f"| {footprint.memory_bytes / 2**20:.0f} MiB |"
        )
    return "\n".join(rows)


def requirement_table(requirements: Sequence[Requirement]) -> str:
    """Return what is asked of leasegate and what was measured, as Markdown."""
    rows = ["| what | must | goal | measured |  |", "|---|--:|--:|--:|---|"]
    for requirement in requirements:
        unit = f" {requirement.unit}" if requirement.unit else ""
        verdict = "missed"
        if requirement.measured <= requirement.must:
            verdict = "goal met" if requirement.measured <= requirement.goal else "met"
        rows.append(
            f"| {requirement.name} | {requirement.must:g}{unit} | {requirement.goal:g}{unit} "
            f"| {requirement.measured:.3g}{unit} | {verdict} |"
        )
    return "\n".join(rows)
