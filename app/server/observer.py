"""The observers of answers: the decision log, which records them, and metrics, which count them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from app.admission import Review, Verdict
    from app.admission.recovery import ReviewStart

_logger = structlog.stdlib.get_logger(__name__)


class Observer(Protocol):
    """Called with every answer, after it was made.

    `webhook` is the name of the endpoint, empty where the request reached none. `scope` is the ASGI
    scope of the request, of which an observer reads only what it needs.
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
    """Calls several observers; an error of one does not affect the others, nor the client."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def decided(
        self, webhook: str, scope: Scope, review: Review[object], verdict: Verdict, seconds: float
    ) -> None:
        """Call each observer with a decision."""
        self._call(lambda observer: observer.decided(webhook, scope, review, verdict, seconds))

    def oversized(self, webhook: str, scope: Scope, start: ReviewStart, verdict: Verdict) -> None:
        """Call each observer with a decision on a body that was too large to be read."""
        self._call(lambda observer: observer.oversized(webhook, scope, start, verdict))

    def refused(self, webhook: str, scope: Scope, code: int, message: str) -> None:
        """Call each observer with an answer that is no decision."""
        self._call(lambda observer: observer.refused(webhook, scope, code, message))

    def _call(self, report: Callable[[Observer], None]) -> None:
        for observer in self._observers:
            try:
                report(observer)
            except Exception:
                # The client has its answer already, and the observer that failed may be the log.
                with contextlib.suppress(Exception):
                    _logger.exception("an observer failed")
