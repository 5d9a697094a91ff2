"""Several observers, one of which fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.admission import Allowed, Operation, Review
from app.admission.recovery import ReviewStart
from app.admission.review import GroupVersionResource
from app.server.observer import Observers

if TYPE_CHECKING:
    from starlette.types import Scope

    from app.admission import Verdict

REVIEW = Review(uid="1", operation=Operation.DELETE, resource=GroupVersionResource())
START = ReviewStart("admission.k8s.io/v1", "1")


class Remembering:
    """Remembers what it was told of."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def decided(
        self,
        webhook: str,
        _scope: Scope,
        _review: Review[object],
        _verdict: Verdict,
        _seconds: float,
    ) -> None:
        self.calls.append(f"decided {webhook}")

    def oversized(
        self, webhook: str, _scope: Scope, _start: ReviewStart, _verdict: Verdict
    ) -> None:
        self.calls.append(f"oversized {webhook}")

    def refused(self, webhook: str, _scope: Scope, _code: int, _message: str) -> None:
        self.calls.append(f"refused {webhook}")


class Failing(Remembering):
    """Fails each time."""

    def decided(self, *_: object) -> None:
        raise ZeroDivisionError

    def oversized(self, *_: object) -> None:
        raise ZeroDivisionError

    def refused(self, *_: object) -> None:
        raise ZeroDivisionError


class Interrupted(Remembering):
    """Is ended from outside."""

    def refused(self, *_: object) -> None:
        raise asyncio.CancelledError


def test_all_are_told() -> None:
    first, second = Remembering(), Remembering()
    observers = Observers(first, second)
    observers.decided("validate", {}, REVIEW, Allowed(), 0.001)
    observers.oversized("mutate", {}, START, Allowed())
    observers.refused("", {}, 404, "no such path")
    assert first.calls == second.calls == ["decided validate", "oversized mutate", "refused "]


def test_one_that_fails_is_written_to_the_log_and_stops_nobody() -> None:
    last = Remembering()
    observers = Observers(Failing(), last)
    with capture_logs() as records:
        observers.decided("validate", {}, REVIEW, Allowed(), 0.001)
        observers.oversized("mutate", {}, START, Allowed())
        observers.refused("", {}, 404, "no such path")
    assert len(last.calls) == 3
    assert [record["event"] for record in records] == ["an observer failed"] * 3


def test_a_log_that_fails_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("app.server.observer._logger.error", fail)
    last = Remembering()
    Observers(Failing(), last).refused("", {}, 404, "no such path")
    assert last.calls == ["refused "]


def test_a_cancelled_task_stays_cancelled() -> None:
    with pytest.raises(asyncio.CancelledError):
        Observers(Interrupted()).refused("", {}, 404, "no such path")
