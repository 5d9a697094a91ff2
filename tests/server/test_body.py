"""What an endpoint answers when time or memory is short."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.server.body_memory import BodyMemory
from tests.server.reading import BODY, LARGE, LIMITS, Client, Scene, settle

if TYPE_CHECKING:
    from app.admission import Review, Verdict

SHORT = replace(LIMITS, body_seconds=0.05)
PART = LARGE[:100_000]


@pytest.mark.parametrize(
    ("query", "hook_seconds", "code"),
    [
        pytest.param(b"timeout=10s", 9.0, 200, id="just in time"),
        pytest.param(b"timeout=10s", 9.6, 504, id="within the timeout but too late to arrive"),
        pytest.param(b"timeout=1s", 0.9, 504, id="a short timeout"),
        pytest.param(b"timeout=30s", 10.1, 504, id="over the cap"),
        pytest.param(b"timeout=soon", 9.0, 200, id="an unusable timeout is no timeout"),
    ],
)
async def test_a_decision_that_comes_too_late_is_not_given(
    query: bytes, hook_seconds: float, code: int
) -> None:
    scene = Scene(hook_seconds=hook_seconds)
    client = await scene.begin(Client(query))
    client.send(BODY)
    answered, _, body = await client.answer()
    assert answered == code
    if code == 504:
        assert (body["kind"], body["reason"]) == ("Status", "Timeout")
        assert scene.recorder.refusals == [("validate", 504, "there was no decision in time")]
        assert scene.recorder.decisions == []


async def test_a_review_that_waited_too_long_for_its_turn_is_not_decided() -> None:
    scene = Scene(hook_seconds=1000)
    client = await scene.begin(Client(b"timeout=1s", age=0.9, with_body=True))
    client.send(BODY)
    assert (await client.answer())[0] == 504
    assert scene.clock.ahead == 0, "the hook was asked"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param(b"timeout=60ms", 504, id="its deadline passes"),
        pytest.param(b"timeout=10s", 408, id="it is too slow"),
    ],
)
@pytest.mark.parametrize(
    ("length", "sent"),
    [
        pytest.param(len(BODY), b"", id="no body"),
        pytest.param(len(BODY), BODY[:100], id="a part"),
        pytest.param(None, BODY[:100], id="a chunk"),
        pytest.param(len(LARGE), PART, id="a part of a large body"),
        pytest.param(len(LARGE) + 1, b"", id="nothing of a body over the limit"),
    ],
)
async def test_a_body_that_does_not_arrive_is_given_up(
    length: int | None, sent: bytes, query: bytes, code: int
) -> None:
    scene = Scene(SHORT)
    client = await scene.begin(Client(query, length))
    if sent:
        client.send(sent, more=True)
    assert len(scene.bodies) == 1
    answered, headers, body = await client.answer()
    assert (answered, headers[b"connection"]) == (code, b"close")
    assert body["kind"] == "Status"
    assert len(scene.bodies) == 0


@pytest.mark.parametrize("with_body", [True, False], ids=["with its header", "after its header"])
async def test_a_body_of_one_byte_over_the_limit_is_denied(*, with_body: bool) -> None:
    scene = Scene(replace(LIMITS, body_bytes=len(BODY) - 1))
    client = await scene.begin(Client(with_body=with_body))
    client.send(BODY)
    code, _, answer = await client.answer()
    assert code == 200
    response = answer["response"]
    assert isinstance(response, dict)
    assert response["status"]["code"] == 413


@pytest.mark.parametrize("declared", [True, False], ids=["with a length", "in chunks"])
async def test_where_memory_is_short_the_oldest_body_gives_its_share_back(
    *, declared: bool
) -> None:
    scene = Scene()
    length = len(LARGE) if declared else None
    stalled = await scene.begin(Client(length=length))
    stalled.send(PART, more=True)
    await settle()
    good = await scene.begin(Client(length=length))
    good.send(PART, more=True)
    await settle()
    assert len(scene.bodies) == 2, "there is memory for a half of each"
    good.send(LARGE[len(PART) :])
    assert (await good.answer())[0] == 200
    code, headers, body = await stalled.answer()
    assert (code, headers[b"connection"]) == (429, b"close")
    assert body["reason"] == "TooManyRequests"
    assert len(scene.bodies) == 0


async def test_a_body_that_goes_on_just_when_its_share_is_taken_gives_it_back_once() -> None:
    scene = Scene()
    for _ in range(4):
        shed = await scene.begin(Client(length=None))
        shed.send(PART, more=True)
        await settle()
        good = await scene.begin(Client(length=None))
        good.send(LARGE)
        shed.send(PART, more=True)
        assert (await good.answer())[0] == 200
        assert (await shed.answer())[0] == 429
    assert len(scene.bodies) == 0


async def test_the_share_of_a_body_whose_time_is_just_over_can_be_taken() -> None:
    memory = BodyMemory(10)

    async def stall() -> None:
        async with asyncio.timeout(0) as timeout:
            memory.take(memory.begin(timeout), 10)
            await asyncio.sleep(1000)

    stalled = asyncio.create_task(stall())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(None) as timeout:
        memory.take(memory.begin(timeout), 10)
        with pytest.raises(TimeoutError):
            await stalled
    assert len(memory) == 1


@pytest.mark.parametrize("with_body", [True, False], ids=["with their header", "after it"])
@pytest.mark.parametrize("more", [b" " * 10_000, b',"x":[%b]' % b",".join([b"1"] * 1500)])
async def test_large_reviews_that_come_together_leave_time_between_them(
    more: bytes, *, with_body: bool
) -> None:
    scene = Scene(replace(LIMITS, memory_bytes=10 * len(LARGE)))
    large = BODY.rstrip()[:-1] + more + b"}"
    clients = [Client(length=len(large), with_body=with_body) for _ in range(4)]
    small = Client(with_body=True)
    for client in clients:
        client.send(large)
        client.start(scene.endpoint)
    small.send(BODY)
    small.start(scene.endpoint)
    assert (await small.answer())[0] == 200
    assert not all(client.got for client in clients)
    for client in clients:
        assert (await client.answer())[0] == 200


async def test_a_large_review_whose_turn_comes_too_late_is_not_decided() -> None:
    scene = Scene(replace(LIMITS, memory_bytes=10 * len(LARGE)), hook_seconds=1)
    clients = [await scene.begin(Client(b"timeout=1500ms", len(LARGE))) for _ in range(4)]
    for client in clients:
        client.send(LARGE)
    assert [(await client.answer())[0] for client in clients] == [200, 504, 504, 504]


async def test_a_large_review_may_wait_for_its_turn_longer_than_for_its_body() -> None:
    class Slow(Scene):
        def hook(self, review: Review[object]) -> Verdict:
            time.sleep(0.6)  # A turn lasts for as long as the processor is taken.
            return super().hook(review)

    scene = Slow(replace(LIMITS, body_seconds=0.5, memory_bytes=10 * len(LARGE)))
    clients = [await scene.begin(Client(length=len(LARGE))) for _ in range(2)]
    for client in clients:
        client.send(LARGE)
    assert [(await client.answer())[0] for client in clients] == [200, 200]


async def test_stalled_bodies_hold_no_more_than_they_have_sent() -> None:
    scene = Scene(replace(LIMITS, memory_bytes=400_000))
    stalled = [await scene.begin(Client(length=None)) for _ in range(100)]
    for client in stalled:
        client.send(b"x", more=True)
    good = await scene.begin(Client(length=len(LARGE)))
    good.send(LARGE)
    assert (await good.answer())[0] == 200
    assert len(scene.bodies) == 100
    for client in stalled:
        client.leave()
        await settle()
        assert client.got == []
    assert len(scene.bodies) == 0


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
async def test_who_is_shed_is_told_whether_to_try_again(
    query: bytes, retry_after: bytes | None
) -> None:
    scene = Scene()
    shed = await scene.begin(Client(query, len(LARGE)))
    shed.send(PART, more=True)
    await settle()
    other = await scene.begin(Client(length=len(LARGE)))
    other.send(LARGE)
    code, headers, _ = await shed.answer()
    assert (code, headers.get(b"retry-after")) == (429, retry_after)
    assert (await other.answer())[0] == 200


async def test_a_client_that_leaves_gives_its_memory_back() -> None:
    scene = Scene()
    gone = await scene.begin(Client(length=len(LARGE)))
    gone.send(PART, more=True)
    gone.leave()
    await settle()
    assert gone.got == []
    client = await scene.begin(Client(length=len(LARGE)))
    client.send(LARGE)
    assert (await client.answer())[0] == 200
    assert scene.recorder.refusals == []


async def test_one_body_at_the_limit_fits_however_little_memory_there_is() -> None:
    assert LIMITS.memory_bytes < LIMITS.body_bytes
    scene = Scene()
    client = await scene.begin(Client(length=len(LARGE)))
    client.send(LARGE)
    assert (await client.answer())[0] == 200


async def test_a_large_body_has_time_for_its_start_and_for_its_rest() -> None:
    """A body that comes in time goes on for longer than its beginning may take."""
    scene = Scene(replace(LIMITS, body_seconds=5))
    client = await scene.begin(Client(length=len(LARGE)))
    client.send(LARGE[:60_000], more=True)
    await settle()
    [reading] = scene.bodies._memory._readings  # noqa: SLF001
    first = reading.timeout.when()
    client.send(LARGE[60_000:70_000], more=True)
    await settle()
    second = reading.timeout.when()
    assert first is not None
    assert second is not None
    assert second > first
    client.send(LARGE[70_000:])
    assert (await client.answer())[0] == 200
