"""The metrics of certificates: their source, their dates, and why some are not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Info

from app.pki.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prometheus_client import CollectorRegistry


class CertificateMetrics:
    """A CertificateObserver. Dates are Unix time; one that was never set has no series."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._not_after = Gauge(
            "leasegate_certificate_not_after_seconds",
            "Unix time after which the served certificate, or the CA that issued it, is not valid.",
            ["certificate"],
            registry=registry,
        )
        self._leaf_lifetime = Gauge(
            "leasegate_leaf_lifetime_seconds",
            "How long the served certificate is valid, from begin to end; 0 before there is one.",
            registry=registry,
        )
        self._source = Info(
            "leasegate_certificates",
            "Where the served certificate comes from: files, self or dev.",
            registry=registry,
        )
        self._bundles = Gauge(
            "leasegate_ca_bundle_verifies",
            "1 where the live caBundle of the webhook verifies the served certificate.",
            ["webhook"],
            registry=registry,
        )
        self._refusals = Counter(
            "leasegate_certificate_refusals_total",
            "Certificates that were found and not served, by the reason.",
            ["reason"],
            registry=registry,
        )
        for reason in Fault:
            self._refusals.labels(reason.value)

    def come_from(self, mode: str) -> None:
        """Set the mode, as `--certificates` names it."""
        self._source.info({"mode": mode})

    def bundles(self, verifies: Mapping[str, bool]) -> None:
        """Set which webhook's caBundle verifies what is served; one that is left out is unknown.

        The label is the first part of the webhook's name.
        """
        self._bundles.clear()
        for webhook, is_verified in verifies.items():
            self._bundles.labels(webhook.partition(".")[0]).set(is_verified)

    def refused(self, reason: Fault) -> None:
        """Count a certificate that was found and is not served."""
        self._refusals.labels(reason.value).inc()

    def serving(self, not_before: datetime, not_after: datetime) -> None:
        """Set the dates of the certificate that is served from now on; times are aware."""
        self._leaf_lifetime.set((not_after - not_before).total_seconds())
        self._not_after.labels("serving").set(not_after.timestamp())

    def authority(self, not_after: datetime) -> None:
        """Set the end of the CA that issued the served certificate; the time is aware."""
        self._not_after.labels("ca").set(not_after.timestamp())
