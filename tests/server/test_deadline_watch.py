from __future__ import annotations

import asyncio

import pytest

from app.server.deadline_watch import DeadlineWatch


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def until(watch: DeadlineWatch, deadline: float, awaited: asyncio.Future[str]) -> str:
    with watch.until(deadline):
        return await awaited


def test_what_is_late_is_ended_and_what_is_not_goes_on() -> None:
    async def scenario() -> None:
        clock = Clock()
        watch = DeadlineWatch(clock)
        answers: list[asyncio.Future[str]] = [asyncio.Future() for _ in range(2)]
        late, patient = (
            asyncio.create_task(until(watch, deadline, answer))
            for deadline, answer in zip((101, 103), answers, strict=True)
        )
        await asyncio.sleep(0)
        assert len(watch) == 2
        watch.look()
        clock.now = 101
        watch.look()
        watch.look()
        with pytest.raises(TimeoutError):
            await late
        assert late.cancelling() == 0
        assert len(watch) == 1
        answers[1].set_result("answer")
        assert await patient == "answer"
        assert len(watch) == 0

    asyncio.run(scenario())


def test_a_task_that_is_cancelled_from_outside_is_cancelled() -> None:
    async def scenario() -> None:
        clock = Clock()
        watch = DeadlineWatch(clock)
        task = asyncio.create_task(until(watch, 101, asyncio.Future()))
        await asyncio.sleep(0)
        clock.now = 102
        watch.look()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(watch) == 0

    asyncio.run(scenario())


def test_other_errors_pass_through() -> None:
    async def scenario() -> None:
        watch = DeadlineWatch(Clock())
        answer: asyncio.Future[str] = asyncio.Future()
        answer.set_exception(ValueError("other"))
        with pytest.raises(ValueError, match="other"):
            await until(watch, 101, answer)
        assert len(watch) == 0

    asyncio.run(scenario())


def test_it_looks_by_itself() -> None:
    async def scenario() -> None:
        watch = DeadlineWatch()
        looking = asyncio.create_task(watch.keep_looking())
        with pytest.raises(TimeoutError):
            await until(watch, 0, asyncio.Future())
        looking.cancel()

    asyncio.run(scenario())
