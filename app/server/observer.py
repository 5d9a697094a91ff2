"""What is done with each answer: the decision log records it, and metrics count it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from starlette.types import Scope

    from app.admission import Review, Verdict
    from app.admission.recovery import ReviewStart

_logger = structlog.stdlib.get_logger(__name__)


class Observer(Protocol):
    """Called with every answer, after it was made.

    `webhook` is the name of the endpoint, empty where the request reached none. `scope` is the
    request as ASGI has it, for what only a record needs; nothing is read from it in advance.
    """

    def decided(
        self, webhook: str, scope: Scope, review: Review[object], verdict: Verdict, seconds: float
    ) -> None:
        """Record a decision, and the seconds that it took from the whole body on."""

    def oversized(self, webhook: str, scope: Scope, start: ReviewStart, verdict: Verdict) -> None:
        """Record a decision on a body that was too large to be read."""

    def refused(self, webhook: str, scope: Scope, code: int, message: str) -> None:
        """Record an answer that is no decision, by its HTTP status code."""


class Observers:
    """Tells several observers; where one of them fails, the others and the client do not notice."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def decided(
        self, webhook: str, scope: Scope, review: Review[object], verdict: Verdict, seconds: float
    ) -> None:
        """Tell of a decision."""
        for observer in self._observers:
            try:
                observer.decided(webhook, scope, review, verdict, seconds)
            except Exception as error:  # noqa: BLE001 - the client has its answer already
                _report(error)

    def oversized(self, webhook: str, scope: Scope, start: ReviewStart, verdict: Verdict) -> None:
        """Tell of a decision on a body that was too large to be read."""
        for observer in self._observers:
            try:
                observer.oversized(webhook, scope, start, verdict)
            except Exception as error:  # noqa: BLE001
                _report(error)

    def refused(self, webhook: str, scope: Scope, code: int, message: str) -> None:
        """Tell of an answer that is no decision."""
        for observer in self._observers:
            try:
                observer.refused(webhook, scope, code, message)
            except Exception as error:  # noqa: BLE001
                _report(error)


def _report(error: Exception) -> None:
    # The observer that failed may be the log itself.
    with contextlib.suppress(Exception):
        _logger.error("an observer failed", exc_info=error)
