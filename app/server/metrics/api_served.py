"""The API versions in which the cluster serves LeaseCandidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Gauge

from app.leasecandidate.spec import VERSIONS

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from app.leasecandidate.served import ServedVersions


class ServedMetrics:
    """Has no series until the cluster was asked. Its labels are the API server's few versions."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._served = Gauge(
            "leasegate_api_served",
            "1 where the cluster serves LeaseCandidate in the version; judged says if we know it.",
            ["version", "judged"],
            registry=registry,
        )

    def observe(self, served: ServedVersions) -> None:
        """Replace the series by those of these versions."""
        self._served.clear()
        for version in VERSIONS:
            self._served.labels(version, "true").set(version in served.names)
        for version in served.unknown:
            self._served.labels(version, "false").set(1)
