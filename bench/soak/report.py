"""What came of it, as a table."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.soak.tally import Tally

_GROWTH: Final = 1.05


def quarters(sizes: Sequence[int]) -> tuple[float, float]:
    """Return the medians of the first and of the last quarter."""
    length = max(1, len(sizes) // 4)
    return median(sizes[:length]), median(sizes[-length:])


def report(tally: Tally, sizes: Sequence[int], seconds: float) -> tuple[str, bool]:
    """Return the figures as Markdown, and whether all is well."""
    first, last = quarters(sizes)
    flat = last <= first * _GROWTH
    slowest = max(tally.good_seconds, default=0.0)
    typical = median(tally.good_seconds or [0.0])
    rows = [
        ("seconds", f"{seconds:.0f}"),
        ("wrong answers", str(len(tally.wrong))),
        ("lost good requests", str(len(tally.lost))),
        *((what, str(count)) for what, count in sorted(tally.counts.items())),
        ("good request, median and slowest", f"{typical * 1e3:.1f} ms, {slowest * 1e3:.0f} ms"),
        (
            "resident memory, first and last quarter",
            f"{first / 2**20:.1f} MiB, {last / 2**20:.1f} MiB: {'flat' if flat else 'grows'}",
        ),
        ("resident memory, most", f"{max(sizes) / 2**20:.1f} MiB"),
    ]
    lines = ["| what |  |", "|---|--:|", *(f"| {what} | {value} |" for what, value in rows)]
    answered = tally.counts["good requests answered"] > 0
    return "\n".join(lines), flat and answered and not (tally.wrong or tally.lost)
