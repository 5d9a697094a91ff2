"""One record for each denial, patch, warning and refused request; plain allows only at debug."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from app.admission import Allowed, Denied, Patched, Review, Verdict

if TYPE_CHECKING:
    from starlette.types import Scope
    from structlog.typing import FilteringBoundLogger

    from app.admission.recovery import ReviewStart


class DecisionLog:
    """Writes what was answered, never whole objects."""

    def __init__(self) -> None:
        self._logger: FilteringBoundLogger = structlog.get_logger("app.decisions")

    def decided(
        self,
        webhook: str,
        scope: Scope,  # noqa: ARG002
        review: Review,
        verdict: Verdict,
        seconds: float,
    ) -> None:
        """Write a decision."""
        if isinstance(verdict, Allowed) and not (verdict.warnings or verdict.defect):
            self._logger.debug("allowed", webhook=webhook, uid=review.uid)
            return
        self._logger.info(
            _decision(verdict),
            webhook=webhook,
            uid=review.uid,
            operation=review.operation.value,
            namespace=review.namespace,
            name=review.name,
            user=review.user_info.username,
            dry_run=bool(review.dry_run),
            milliseconds=round(seconds * 1000, 3),
            **_details(verdict),
        )

    def oversized(
        self,
        webhook: str,
        scope: Scope,  # noqa: ARG002
        start: ReviewStart,
        verdict: Verdict,
    ) -> None:
        """Write a decision on a body that was too large to be read."""
        self._logger.warning(_decision(verdict), webhook=webhook, uid=start.uid, oversized=True)

    def refused(
        self,
        webhook: str,
        scope: Scope,  # noqa: ARG002
        code: int,
        message: str,
    ) -> None:
        """Write an answer that is no decision."""
        self._logger.warning("refused", webhook=webhook, code=code, message=message)


def _decision(verdict: Verdict) -> str:
    match verdict:
        case Denied():
            return "denied"
        case Patched():
            return "patched"
        case Allowed():
            return "allowed"


def _details(verdict: Verdict) -> dict[str, object]:
    details: dict[str, object] = {}
    match verdict:
        case Denied(causes=causes):
            details["causes"] = [f"{cause.field}: {cause.reason}" for cause in causes]
        case Patched(operations=operations):
            details["patched"] = [operation.path for operation in operations]
        case Allowed(defect=defect) if defect:
            details["defect"] = defect
        case Allowed():
            pass
    if verdict.warnings:
        details["warnings"] = list(verdict.warnings)
    return details
