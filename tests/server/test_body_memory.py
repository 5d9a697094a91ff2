from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings, strategies as st

from app.server.body_memory import BodyMemory, OverloadedError


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_does_not_fit_waits_and_comes_first_even_where_a_smaller_one_would_fit() -> None:
    async def scenario() -> None:
        memory = BodyMemory(10, places=5)
        await memory.take(8)
        large = asyncio.create_task(memory.take(5))
        await settle()
        small = asyncio.create_task(memory.take(1))
        await settle()
        assert (large.done(), small.done(), memory.waiting) == (False, False, 2)
        memory.give_back(8)
        await settle()
        assert (large.done(), small.done(), memory.waiting) == (True, True, 0)

    asyncio.run(scenario())


def test_nobody_waits_beyond_the_places() -> None:
    async def scenario() -> None:
        memory = BodyMemory(10, places=1)
        await memory.take(10)
        waiting = asyncio.create_task(memory.take(1))
        await settle()
        with pytest.raises(OverloadedError):
            await memory.take(1)
        memory.give_back(10)
        await waiting

    asyncio.run(scenario())


@pytest.mark.parametrize("served_first", [False, True], ids=["while waiting", "when just served"])
def test_who_gives_up_leaves_its_place_and_its_memory(*, served_first: bool) -> None:
    async def scenario() -> None:
        memory = BodyMemory(10, places=5)
        await memory.take(10)
        quitter = asyncio.create_task(memory.take(10))
        await settle()
        next_one = asyncio.create_task(memory.take(10))
        await settle()
        if served_first:
            memory.give_back(10)
            quitter.cancel()
        else:
            quitter.cancel()
            memory.give_back(10)
        with pytest.raises(asyncio.CancelledError):
            await quitter
        await next_one

    asyncio.run(scenario())


@settings(deadline=None)
@given(
    seed=st.integers(),
    sizes=st.lists(st.integers(1, 10), min_size=1, max_size=30),
    places=st.integers(0, 5),
)
def test_never_more_than_the_total_is_out_and_all_of_it_comes_back(
    seed: int, sizes: list[int], places: int
) -> None:
    async def scenario() -> None:
        chance = random.Random(seed)  # noqa: S311 - a choice of the order of events
        memory = BodyMemory(10, places)
        out = 0

        async def borrow(size: int) -> None:
            nonlocal out
            try:
                await memory.take(size)
            except OverloadedError:
                return
            out += size
            assert out <= 10
            try:
                await asyncio.sleep(0)
            finally:
                out -= size
                memory.give_back(size)

        tasks = []
        for size in sizes:
            tasks.append(asyncio.create_task(borrow(size)))
            if chance.random() < 0.5:
                await asyncio.sleep(0)
            if chance.random() < 0.3:
                chance.choice(tasks).cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() or task.exception() is None for task in tasks)
        assert memory.waiting == 0
        await memory.take(10)

    asyncio.run(scenario())
