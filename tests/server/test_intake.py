"""What an endpoint answers when time is short."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.server.intake_scene import BODY, LARGE, LIMITS, Client, Clock, Scene, settle


@pytest.mark.parametrize(
    ("query", "hook_seconds", "code"),
    [
        pytest.param(b"timeout=10s", 9.4, 200, id="just in time"),
        pytest.param(b"timeout=10s", 9.6, 504, id="within the timeout but too late to arrive"),
        pytest.param(b"timeout=1s", 0.9, 504, id="a short timeout"),
        pytest.param(b"timeout=30s", 10.1, 504, id="over the cap"),
        pytest.param(b"timeout=soon", 9.9, 200, id="an unusable timeout is no timeout"),
    ],
)
def test_a_decision_that_comes_too_late_is_not_given(
    query: bytes, hook_seconds: float, code: int
) -> None:
    async def scenario() -> None:
        scene = Scene(hook_seconds=hook_seconds)
        client = await scene.begin(Client(query))
        client.send(BODY)
        answered, _, body = await client.answer()
        assert answered == code
        if code == 504:
            assert (body["kind"], body["reason"]) == ("Status", "Timeout")
            assert scene.recorder.refusals == [("validate", 504, "there was no decision in time")]
            assert scene.recorder.decisions == []

    asyncio.run(scenario())


def test_a_review_that_waited_too_long_for_its_turn_is_not_decided() -> None:
    async def scenario() -> None:
        scene = Scene(hook_seconds=1000)
        client = await scene.begin(Client(b"timeout=1s", arrived=scene.clock.now - 0.9))
        client.send(BODY)
        assert (await client.answer())[0] == 504
        assert scene.clock.now == Clock.now, "the hook was asked"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("query", "seconds", "code"),
    [
        pytest.param(b"timeout=1s", 0.9, 504, id="its deadline passes"),
        pytest.param(b"timeout=10s", 3.6, 408, id="it is too slow"),
    ],
)
@pytest.mark.parametrize(
    ("length", "sent"),
    [
        pytest.param(len(BODY), b"", id="no body"),
        pytest.param(len(BODY), BODY[:100], id="a part"),
        pytest.param(None, BODY[:100], id="a chunk"),
        pytest.param(len(LARGE), LARGE[:100_000], id="a part of a large body"),
        pytest.param(len(LARGE) + 1, b"", id="nothing of a body over the limit"),
    ],
)
def test_a_body_that_does_not_arrive_is_given_up(
    length: int | None, sent: bytes, query: bytes, seconds: float, code: int
) -> None:
    async def scenario() -> None:
        scene = Scene()
        client = await scene.begin(Client(query, length))
        if sent:
            client.send(sent, more=True)
            await settle()
        assert len(scene.intake.watch) == 1
        await scene.wait(seconds)
        answered, headers, body = await client.answer()
        assert (answered, headers[b"connection"]) == (code, b"close")
        assert body["kind"] == "Status"
        assert len(scene.intake.watch) == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("with_body", [True, False], ids=["with its header", "after its header"])
def test_a_body_of_one_byte_over_the_limit_is_denied(*, with_body: bool) -> None:
    async def scenario() -> None:
        scene = Scene(replace(LIMITS, body_bytes=len(BODY) - 1))
        client = await scene.begin(Client(with_body=with_body))
        client.send(BODY)
        code, _, answer = await client.answer()
        assert code == 200
        response = answer["response"]
        assert isinstance(response, dict)
        assert response["status"]["code"] == 413

    asyncio.run(scenario())
