"""Who is told what was answered: the decision log, and whoever counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.admission import Review, Verdict


class Observer(Protocol):
    """Is told of every answer of an admission endpoint, after it was made."""

    def decided(self, webhook: str, review: Review, verdict: Verdict, seconds: float) -> None:
        """Take note of a decision and of the seconds that it took from the whole body on."""

    def oversized(self, webhook: str, uid: str, verdict: Verdict) -> None:
        """Take note of a decision on a body that was too large to be read."""

    def refused(self, webhook: str, code: int, message: str) -> None:
        """Take note of an answer that is no decision."""
