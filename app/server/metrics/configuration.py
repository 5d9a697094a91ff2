"""The metrics of reloads, and of the configuration that is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Gauge, Info

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_RELOADED: Final = ("rules", "certificates", "client-authorities")
_SUCCESS: Final = "success"
_FAILURE: Final = "failure"


class ReloadMetrics:
    """A ConfigurationObserver: counts reloads, and has the digest of the configuration in force."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._reloads = Counter(
            "leasegate_reloads_total",
            "Attempts to put a changed file or Secret in force.",
            ["what", "result"],
            registry=registry,
        )
        self._successful = Gauge(
            "leasegate_last_reload_successful",
            "1 where the newest version is in force, 0 where an older one still is.",
            ["what"],
            registry=registry,
        )
        self._configuration = Info(
            "leasegate_configuration",
            "SHA-256 of the configuration file that is in force; none where there is no file.",
            registry=registry,
        )
        for what in _RELOADED:
            self._successful.labels(what).set(1)
            for result in (_SUCCESS, _FAILURE):
                self._reloads.labels(what, result)

    def reloaded(self, what: str, result: str) -> None:
        """Count a reload of one of those, with the result `success` or `failure`."""
        self._reloads.labels(what, result).inc()
        self._successful.labels(what).set(result == _SUCCESS)

    def configured(self, digest: str) -> None:
        """Set the digest of the configuration that is in force."""
        self._configuration.info({"sha256": digest or "none"})
