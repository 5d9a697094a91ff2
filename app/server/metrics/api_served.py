"""In which API versions the cluster serves what is judged here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Gauge

from app.leasecandidate.spec import VERSIONS

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from app.leasecandidate.served import ServedVersions


class ServedMetrics:
    """Shows nothing until the cluster was asked. The few names are the API server's own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._served = Gauge(
            "leasegate_api_served",
            "1 where the cluster serves LeaseCandidate in the version; judged says if we know it.",
            ["version", "judged"],
            registry=registry,
        )

    def observe(self, served: ServedVersions) -> None:
        """Show this in place of what was before."""
        self._served.clear()
        for version in VERSIONS:
            self._served.labels(version, "true").set(version in served.names)
        for version in served.unknown:
            self._served.labels(version, "false").set(1)
