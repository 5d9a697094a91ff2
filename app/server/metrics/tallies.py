"""Counters for every review: plain numbers, which collectors read when they are scraped.

prometheus-client's own Counter and Histogram take a lock and ten calls each time, since many
threads may use them. Here only the thread of the event loop counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Tally:
    """How often something happened."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Tallies(Collector):
    """A counter: one Tally for each tuple of label values."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._description = name, documentation
        self._labels = labels
        self._tallies: defaultdict[tuple[str, ...], Tally] = defaultdict(Tally)

    def labels(self, *values: str) -> Tally:
        """Return what counts for these values of the labels."""
        return self._tallies[values]

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(*self._description, labels=self._labels)
        for values, tally in self._tallies.items():
            family.add_metric(values, tally.count)
        yield family


class Durations:
    """Seconds, by the upper bound that they do not exceed, and their sum."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.sum += seconds


class DurationHistogram(Collector):
    """A histogram of seconds with one label."""

    def __init__(self, name: str, documentation: str, label: str, bounds: Sequence[float]) -> None:
        self._description = name, documentation
        self._label = label
        self._bounds = bounds
        self._names = [*map(str, bounds), "+Inf"]
        self._durations: dict[str, Durations] = {}

    def labels(self, value: str) -> Durations:
        """Return what counts for this value of the label."""
        return self._durations.setdefault(value, Durations(self._bounds))

    @override
    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(*self._description, labels=[self._label])
        for value, durations in self._durations.items():
            buckets = zip(self._names, accumulate(durations.counts), strict=True)
            family.add_metric([value], list(buckets), durations.sum)
        yield family
