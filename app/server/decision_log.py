"""One record for each denial, patch, warning and refused request; plain allows on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from app.admission import Allowed, Denied, Patched
from app.admission.verdict import DECISIONS
from app.server.throttle import Throttle
from app.server.trace_context import trace_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope
    from structlog.typing import FilteringBoundLogger

    from app.admission import Review, Verdict
    from app.admission.recovery import ReviewStart


class DecisionLog:
    """Writes what was answered, never whole objects.

    Of the allows that have nothing to say, every `allows`-th is written, none where it is 0. Of
    refused requests, which anybody who reaches the port can send, a flood is not written whole:
    `now` is a clock in seconds.
    """

    def __init__(self, now: Callable[[], float], *, allows: int = 0) -> None:
        # Bound now, to the logging that is set up: not anew for each record.
        self._logger: FilteringBoundLogger = structlog.get_logger().bind()
        self._allows = allows
        self._allowed = 0
        self._refusals = Throttle(now)

    def decided(
        self, webhook: str, scope: Scope, review: Review[object], verdict: Verdict, seconds: float
    ) -> None:
        """Write a decision."""
        if isinstance(verdict, Allowed) and not (
            verdict.findings or verdict.warnings or verdict.defect
        ):
            if not self._allows:
                return
            self._allowed += 1
            if self._allowed % self._allows:
                return
        self._logger.info(
            DECISIONS[verdict.__class__],
            webhook=webhook,
            uid=review.uid,
            operation=review.operation.value,
            resource=str(review.resource),
            namespace=review.namespace,
            name=review.name,
            user=review.user_info.username,
            caller_verified=_caller_verified(scope),
            dry_run=bool(review.dry_run),
            milliseconds=round(seconds * 1000, 3),
            **_remarks(verdict),
            **_trace(scope),
        )

    def oversized(self, webhook: str, scope: Scope, start: ReviewStart, verdict: Verdict) -> None:
        """Write a decision on a body that was too large to be read."""
        self._logger.warning(
            DECISIONS[verdict.__class__],
            webhook=webhook,
            uid=start.uid,
            operation=start.operation,
            resource=str(start.resource or ""),
            name=start.name,
            caller_verified=_caller_verified(scope),
            oversized=True,
            **_remarks(verdict),
            **_trace(scope),
        )

    def refused(self, webhook: str, scope: Scope, code: int, message: str) -> None:
        """Write an answer that is no decision."""
        if (unwritten := self._refusals.pass_one(code)) is None:
            return
        more = {"unwritten": unwritten} if unwritten else {}
        self._logger.warning(
            "refused", webhook=webhook, code=code, message=message, **more, **_trace(scope)
        )


def _remarks(verdict: Verdict) -> dict[str, object]:
    remarks: dict[str, object] = {}
    if verdict.findings:
        remarks["violations"] = list(
            dict.fromkeys(f"{finding.rule}={finding.action}" for finding in verdict.findings)
        )
    if isinstance(verdict, Denied) and verdict.causes:
        causes = dict.fromkeys(f"{cause.field}: {cause.reason}" for cause in verdict.causes)
        remarks["causes"] = list(causes)
    if isinstance(verdict, Patched):
        remarks["patched"] = [operation.path for operation in verdict.operations]
    if verdict.warnings:
        remarks["warnings"] = verdict.warnings
    if verdict.defect:
        remarks["defect"] = verdict.defect
    return remarks


def _caller_verified(scope: Scope) -> bool:
    verified: bool = scope.get("state", {}).get("caller_verified", False)
    return verified


def _trace(scope: Scope) -> dict[str, str]:
    context = trace_context(scope)
    return {} if context is None else context._asdict()
