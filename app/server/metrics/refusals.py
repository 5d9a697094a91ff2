"""The metrics of requests that got no decision: one for each cause that needs another reaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter

from app.admission.status import REFUSALS, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import CollectorRegistry

_COUNTED_ELSEWHERE: Final = frozenset({429, 500, 503, 504})
_OTHER: Final = "Other"


class RefusalMetrics:
    """Counts HTTP errors by their status code."""

    def __init__(self, registry: CollectorRegistry, webhooks: Iterable[str]) -> None:
        self._bad_requests = Counter(
            "leasegate_bad_requests_total",
            "Requests that could not be used, by the reason in the Status that was answered.",
            ["reason"],
            registry=registry,
        )
        self._shed = Counter(
            "leasegate_shed_total",
            "Reviews answered with 429 because too many were there at once.",
            ["webhook"],
            registry=registry,
        )
        self._deadline_exceeded = Counter(
            "leasegate_deadline_exceeded_total",
            "Reviews answered with 504 because there was no decision in time.",
            ["webhook"],
            registry=registry,
        )
        self._shutdown = Counter(
            "leasegate_shutdown_refusals_total",
            "Requests answered with 503 because the server was shutting down.",
            registry=registry,
        )
        for webhook in webhooks:
            self._shed.labels(webhook)
            self._deadline_exceeded.labels(webhook)
        bad_requests = sorted(REFUSALS.keys() - _COUNTED_ELSEWHERE)
        self._bad_request_by_code = {
            code: self._bad_requests.labels(reason_of(code)) for code in bad_requests
        }

    def count(self, webhook: str, code: int) -> None:
        """Count an answer with the status code `code`; a 500 is counted as a defect elsewhere."""
        match code:
            case 429:
                self._shed.labels(webhook).inc()
            case 503:
                self._shutdown.inc()
            case 504:
                self._deadline_exceeded.labels(webhook).inc()
            case _ if code in self._bad_request_by_code:
                self._bad_request_by_code[code].inc()
            case _:
                self._bad_requests.labels(_OTHER).inc()
