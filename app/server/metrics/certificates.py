"""Until when the certificates are good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Gauge

if TYPE_CHECKING:
    from datetime import datetime

    from prometheus_client import CollectorRegistry


class CertificateMetrics:
    """Shows dates as Unix time; a date that was never told is not shown."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._not_after = Gauge(
            "leasegate_certificate_not_after_seconds",
            "Unix time after which the served certificate, or the CA that issued it, is not valid.",
            ["certificate"],
            registry=registry,
        )

    def serving(self, not_after: datetime) -> None:
        """Take note of the certificate that is served from now on; the time is aware."""
        self._not_after.labels("serving").set(not_after.timestamp())

    def authority(self, not_after: datetime) -> None:
        """Take note of the CA that issued the served certificate; the time is aware."""
        self._not_after.labels("ca").set(not_after.timestamp())
