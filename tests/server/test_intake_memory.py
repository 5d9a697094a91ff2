"""What an endpoint answers when memory is short."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.intake_scene import BODY, LARGE, LIMITS, Client, Scene, settle


def test_large_bodies_wait_for_each_other_and_all_are_answered() -> None:
    async def scenario() -> None:
        scene = Scene()
        first = await scene.begin(Client(length=len(LARGE)))
        first.send(LARGE[:100_000], more=True)
        await settle()
        second = await scene.begin(Client(length=len(LARGE)))
        second.send(LARGE[:100_000], more=True)
        second.send(LARGE[100_000:])
        await settle()
        assert second.sends.qsize() == 1, "it was read on without memory"
        await scene.wait(3)
        first.send(LARGE[100_000:])
        assert (await first.answer())[0] == 200
        assert (await second.answer())[0] == 200

    asyncio.run(scenario())


def test_chunks_count_as_large_once_there_are_many() -> None:
    async def scenario() -> None:
        scene = Scene()
        first = await scene.begin(Client(length=len(LARGE)))
        first.send(LARGE[:100_000], more=True)
        await settle()
        small = await scene.begin(Client(length=None))
        small.send(BODY[:100], more=True)
        small.send(BODY[100:])
        assert (await small.answer())[0] == 200
        chunked = await scene.begin(Client(length=None))
        for start in range(0, len(LARGE), 30_000):
            chunked.send(LARGE[start : start + 30_000], more=True)
        chunked.send(b"")
        await settle()
        assert chunked.sends.qsize() > 2
        first.send(LARGE[100_000:])
        assert (await first.answer())[0] == 200
        assert (await chunked.answer())[0] == 200

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("query", "retry_after"),
    [
        pytest.param(b"timeout=10s", b"1", id="much time is left"),
        pytest.param(b"timeout=4s", b"1", id="enough time is left"),
        pytest.param(b"timeout=3s", None, id="little time is left"),
        pytest.param(b"timeout=1s", None, id="hardly any time is left"),
        pytest.param(b"", b"1", id="nobody said how much time there is"),
    ],
)
def test_what_finds_no_place_is_shed(query: bytes, retry_after: bytes | None) -> None:
    async def scenario() -> None:
        scene = Scene()
        reading = await scene.begin(Client(length=len(LARGE)))
        reading.send(LARGE[:100_000], more=True)
        await settle()
        waiting = await scene.begin(Client(length=len(LARGE)))
        waiting.send(LARGE[:100_000], more=True)
        waiting.send(LARGE[100_000:])
        await settle()
        shed = await scene.begin(Client(query, len(LARGE)))
        shed.send(LARGE[:100_000], more=True)
        code, headers, body = await shed.answer()
        assert (code, headers[b"connection"]) == (429, b"close")
        assert headers.get(b"retry-after") == retry_after
        assert body["reason"] == "TooManyRequests"
        small = await scene.begin(Client())
        small.send(BODY)
        assert (await small.answer())[0] == 200, "small reviews need no memory"
        reading.send(LARGE[100_000:])
        assert (await reading.answer())[0] == 200
        assert (await waiting.answer())[0] == 200

    asyncio.run(scenario())


def test_who_waits_too_long_for_memory_is_too_late_and_its_place_is_free() -> None:
    async def scenario() -> None:
        scene = Scene()
        reading = await scene.begin(Client(length=len(LARGE)))
        reading.send(LARGE[:100_000], more=True)
        await settle()
        hasty = await scene.begin(Client(b"timeout=1s", len(LARGE)))
        hasty.send(LARGE[:100_000], more=True)
        await settle()
        await scene.wait(0.9)
        assert (await hasty.answer())[0] == 504
        patient = await scene.begin(Client(length=len(LARGE)))
        patient.send(LARGE[:100_000], more=True)
        patient.send(LARGE[100_000:])
        await settle()
        reading.send(LARGE[100_000:])
        assert (await reading.answer())[0] == 200
        assert (await patient.answer())[0] == 200

    asyncio.run(scenario())


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_a_client_that_leaves_gives_its_memory_back(*, large: bool) -> None:
    async def scenario() -> None:
        scene = Scene()
        gone = await scene.begin(Client(length=len(LARGE) if large else len(BODY)))
        gone.send(LARGE[:100_000] if large else BODY[:100], more=True)
        gone.leave()
        await settle()
        assert gone.got == []
        client = await scene.begin(Client(length=len(LARGE)))
        client.send(LARGE[:100_000], more=True)
        client.send(LARGE[100_000:])
        assert (await client.answer())[0] == 200
        assert scene.recorder.refusals == []

    asyncio.run(scenario())


def test_one_body_at_the_limit_fits_however_little_memory_there_is() -> None:
    assert LIMITS.memory_bytes < LIMITS.body_bytes

    async def scenario() -> None:
        scene = Scene()
        client = await scene.begin(Client(length=len(LARGE)))
        client.send(LARGE)
        assert (await client.answer())[0] == 200

    asyncio.run(scenario())
