"""How busy the server is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def watch_in_flight(self, count: Callable[[], int]) -> None:
        """Show what `count` returns."""
        self._in_flight.set_function(count)

    def watch_ready(self, is_ready: Callable[[], bool]) -> None:
        """Show what `is_ready` returns."""
        self._ready.set_function(is_ready)
