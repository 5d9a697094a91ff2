"""The observer that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

    from app.admission import Review, Verdict
    from app.admission.recovery import ReviewStart
    from app.server.metrics.decisions import DecisionMetrics
    from app.server.metrics.refusals import RefusalMetrics

_INTERNAL_ERROR = 500


class CountingObserver:
    """Counts what was answered."""

    def __init__(self, decisions: DecisionMetrics, refusals: RefusalMetrics) -> None:
        self._decisions = decisions
        self._refusals = refusals

    def decided(
        self,
        webhook: str,
        scope: Scope,  # noqa: ARG002
        review: Review[object],
        verdict: Verdict,
        seconds: float,
    ) -> None:
        """Count a decision."""
        self._decisions.count(
            webhook, review.operation, verdict, dry_run=review.dry_run, seconds=seconds
        )

    def oversized(
        self,
        webhook: str,
        scope: Scope,  # noqa: ARG002
        start: ReviewStart,
        verdict: Verdict,
    ) -> None:
        """Count a decision on a body that was too large to be read."""
        self._decisions.count_oversized(webhook, start.operation, verdict)

    def refused(
        self,
        webhook: str,
        scope: Scope,  # noqa: ARG002
        code: int,
        message: str,  # noqa: ARG002
    ) -> None:
        """Count an answer that is no decision."""
        if code == _INTERNAL_ERROR:
            self._decisions.count_defect(webhook)
        else:
            self._refusals.count(webhook, code)
