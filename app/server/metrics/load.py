"""The metrics of the load: connections, reviews in flight, readiness, clock, dropped records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import Gauge
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta

    from prometheus_client import CollectorRegistry


class LoadMetrics:
    """Asks for the figures when it is scraped, so that a review pays nothing for them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._in_flight = Gauge(
            "leasegate_reviews_in_flight",
            "Reviews that were begun and not answered yet.",
            registry=registry,
        )
        self._ready = Gauge(
            "leasegate_ready",
            "1 where /readyz says ok.",
            registry=registry,
        )

        self._connections = Gauge(
            "leasegate_connections",
            "Connections of the admission port, idle ones included.",
            registry=registry,
        )
        self._clock = _ClockOffset()
        registry.register(self._clock)
        self._dropped_connections = CounterFunction(
            "leasegate_connections_dropped",
            "Connections ended without an answer: at the limit, or in the TLS handshake.",
            ["reason"],
        )
        self._dropped_records = CounterFunction(
            "leasegate_log_records_dropped",
            "Records of the log that were lost because nobody read standard error.",
        )
        registry.register(self._dropped_connections)
        registry.register(self._dropped_records)

    def watch_in_flight(self, count: Callable[[], int]) -> None:
        """Show what `count` returns."""
        self._in_flight.set_function(count)

    def watch_ready(self, is_ready: Callable[[], bool]) -> None:
        """Show what `is_ready` returns."""
        self._ready.set_function(is_ready)

    def watch_connections(
        self, count: Callable[[], int], dropped: Callable[[], Mapping[str, int]]
    ) -> None:
        """Show what `count` returns, and what `dropped` does by reason; those never fall."""
        self._connections.set_function(count)
        self._dropped_connections.counts = dropped

    def watch_clock(self, offset: Callable[[], timedelta | None]) -> None:
        """Show what `offset` returns: how far our clock is ahead, None where that is not known."""
        self._clock.offset = offset

    def watch_dropped_records(self, count: Callable[[], int]) -> None:
        """Show what `count` returns, which never falls."""
        self._dropped_records.counts = lambda: {"": count()}


class _ClockOffset(Collector):
    """A gauge that has no series while its value is not known."""

    def __init__(self) -> None:
        self.offset: Callable[[], timedelta | None] = lambda: None

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "leasegate_clock_offset_seconds",
            "How far this clock is ahead of the API server's; absent while that is not known.",
        )
        offset = self.offset()
        if offset is not None:
            family.add_metric([], offset.total_seconds())
        yield family


class CounterFunction(Collector):
    """A counter whose value is what `counts` returns, by the values of its one label, if any."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str] = ()) -> None:
        self._describe = partial(CounterMetricFamily, name, documentation, labels=labels)
        self._labels = len(labels)
        self.counts: Callable[[], Mapping[str, int]] = dict

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        family = self._describe()
        for value, count in self.counts().items():
            family.add_metric([value][: self._labels], count)
        yield family
