"""Background work goes on, whatever happens to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.cluster.backoff import Backoff
from app.serve import supervisor as module
from app.serve.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable


async def end() -> None:
    """End, which background work should not."""


async def fail() -> None:
    raise RuntimeError("a plugin\nfailed")


def kept(works: list[Callable[[], object]], counted: list[str]) -> tuple[Supervisor, int]:
    """Supervise work that does these one after the other and then goes on until it is cancelled."""
    runs = 0
    reached = asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs <= len(works):
            await works[runs - 1]()  # type: ignore[misc]
            return
        reached.set()
        await asyncio.Event().wait()

    supervisor = Supervisor(counted.append, backoff=lambda: Backoff(0.001, 0.002))

    async def run() -> None:
        task = asyncio.create_task(supervisor.keep("siblings", work)())
        await asyncio.wait_for(reached.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    return supervisor, runs


@pytest.mark.parametrize(
    ("what", "said", "event"),
    [
        pytest.param(fail, "RuntimeError: a plugin failed", "background task failed", id="fails"),
        pytest.param(end, "it ended by itself", "background task ended", id="ends"),
    ],
)
def test_work_that_fails_or_ends_is_begun_again_logged_counted_and_told(
    what: Callable[[], object], said: str, event: str
) -> None:
    counted: list[str] = []
    with capture_logs() as logged:
        supervisor, runs = kept([what, what, what], counted)
    assert runs == 4
    assert counted == ["siblings"] * 3
    assert [entry["event"] for entry in logged] == [event] * 3
    assert {entry["task"] for entry in logged} == {"siblings"}
    assert supervisor.note().startswith("siblings failed at 20")
    assert supervisor.note().endswith(f"and is begun again ({said})")


def test_work_that_goes_well_has_nothing_to_say() -> None:
    counted: list[str] = []
    supervisor, runs = kept([], counted)
    assert (supervisor.note(), runs, counted) == ("", 1, [])


def test_work_that_went_on_for_a_while_after_a_failure_counts_as_well_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LIVED_SECONDS", 0.0)
    supervisor = Supervisor(lambda _name: None, backoff=lambda: Backoff(0.001, 0.002))
    works = [fail, asyncio.Event().wait]

    async def work() -> None:
        await works.pop(0)()

    async def run() -> None:
        task = asyncio.create_task(supervisor.keep("siblings", work)())
        async with asyncio.timeout(60):
            while works or supervisor.note():  # noqa: ASYNC110  it sets no event
                await asyncio.sleep(0)
        task.cancel()

    asyncio.run(run())
