"""What an endpoint answers when time or memory is short; clock and client are the test's."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from app.admission import Allowed
from app.server.endpoint import AdmissionEndpoint
from app.server.intake import Intake
from app.settings import ReviewLimits
from tests.reviews import RECORDED
from tests.server.running import Recorder

if TYPE_CHECKING:
    from starlette.types import Message

    from app.admission import Review, Verdict

BODY = RECORDED["validate-update-renews"]
LARGE = BODY[:-1] + b" " * 200_000 + BODY[-1:]
LIMITS = ReviewLimits(
    seconds=10, body_seconds=3.5, body_bytes=len(LARGE), memory_bytes=1, waiting=1
)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Client:
    """One request: what it sends is put in by the test, what it gets is kept."""

    query: bytes = b""
    length: int | None = len(BODY)
    arrived: float | None = None
    sends: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    got: list[Message] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def start(self, endpoint: AdmissionEndpoint) -> None:
        headers = [(b"content-type", b"application/json")]
        if self.length is not None:
            headers.append((b"content-length", b"%d" % self.length))
        state = {} if self.arrived is None else {"arrived": self.arrived}
        scope = {
            "type": "http",
            "headers": headers,
            "query_string": self.query,
            "state": state,
        }

        async def keep(message: Message) -> None:
            self.got.append(message)

        self.task = asyncio.create_task(endpoint(scope, self.sends.get, keep))

    def send(self, body: bytes, *, more: bool = False) -> None:
        self.sends.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def leave(self) -> None:
        self.sends.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> tuple[int, dict[bytes, bytes], dict[str, object]]:
        """Return the answer once it is whole; the rest of the body is given up."""
        self.leave()
        assert self.task is not None
        await self.task
        start, *bodies = self.got
        body = json.loads(b"".join(message["body"] for message in bodies))
        return start["status"], dict(start["headers"]), body


@dataclass
class Scene:
    """An endpoint with a clock that stands still."""

    limits: ReviewLimits = LIMITS
    hook_seconds: float = 0.0
    clock: Clock = field(default_factory=Clock)
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.intake = Intake(self.limits, self.clock)
        self.endpoint = AdmissionEndpoint("validate", self.hook, self.intake, self.recorder)

    def hook(self, _review: Review) -> Verdict:
        self.clock.now += self.hook_seconds
        return Allowed()

    async def begin(self, client: Client) -> Client:
        client.start(self.endpoint)
        await settle()
        return client

    async def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        self.intake.watch.look()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


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
