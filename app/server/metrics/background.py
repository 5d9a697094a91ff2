"""The metrics of background tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from prometheus_client import Counter, Gauge

from app.server.metrics.load import CounterFunction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import CollectorRegistry


class SiblingWatch(Protocol):
    """What follows the candidates of a cluster.

    `heard` is the Unix time at which the API server last sent something, `missed` how many reviews
    asked for siblings that were not known.
    """

    heard: float
    missed: int


class BackgroundMetrics:
    """Counts failures of background tasks, and shows how old what is known of siblings is."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._failures = Counter(
            "leasegate_background_failures_total",
            "Background tasks that failed unexpectedly and were begun again.",
            ["task"],
            registry=registry,
        )

    def expect(self, tasks: Iterable[str]) -> None:
        """Create the series of each of these tasks, at 0."""
        for task in tasks:
            self._failures.labels(task)

    def failed(self, task: str) -> None:
        """Count a task that ended."""
        self._failures.labels(task).inc()

    def watch_siblings(self, source: SiblingWatch) -> None:
        """Add the metrics of what follows the candidates of the cluster."""
        Gauge(
            "leasegate_siblings_heard_timestamp_seconds",
            "Unix time at which the API server was last heard of candidates; 0 for never.",
            registry=self._registry,
        ).set_function(lambda: source.heard)
        missed = CounterFunction(
            "leasegate_siblings_unknown",
            "Reviews whose rules on siblings were skipped, as the siblings were not known.",
        )
        missed.counts = lambda: {"": source.missed}
        self._registry.register(missed)
