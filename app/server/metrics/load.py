"""How the server is doing now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Gauge
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

        self._dropped = _DroppedRecords()
        registry.register(self._dropped)

    def watch_in_flight(self, count: Callable[[], int]) -> None:
        """Show what `count` returns."""
        self._in_flight.set_function(count)

    def watch_ready(self, is_ready: Callable[[], bool]) -> None:
        """Show what `is_ready` returns."""
        self._ready.set_function(is_ready)

    def watch_dropped_records(self, count: Callable[[], int]) -> None:
        """Show what `count` returns, which never falls."""
        self._dropped.count = count


class _DroppedRecords(Collector):
    """A counter that is kept elsewhere."""

    def __init__(self) -> None:
        self.count: Callable[[], int] = int

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(
            "leasegate_log_records_dropped",
            "Records of the log that were lost because nobody read standard error.",
            value=self.count(),
        )
