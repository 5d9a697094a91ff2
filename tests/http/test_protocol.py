"""One connection, fed piece by piece: what depends on how bytes arrive, without a network."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import uvicorn
from typing_extensions import override
from uvicorn.server import ServerState

from app.admission.status import status_body
from app.http import protocol as module
from app.http.answer import Refusals, send_json
from app.http.limits import ConnectionLimits
from app.http.protocol import AdmissionProtocol
from tests.http.test_answer_writer import Wire
from tests.http.test_connection import BODY, JSON, request

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

HEADER = request(*JSON)
REVIEW = HEADER + BODY
CHUNKED = request(JSON[0], "Transfer-Encoding: chunked")
BAD_CHUNK = b"zz\r\n"
MUCH = 70_000
"""Bytes of a body after which uvicorn waits for the application to take them."""
TIMEOUTS = ConnectionLimits(header_seconds=1, idle_seconds=2)


class Connection(Wire):
    """A wire that can be stopped and cut."""

    def __init__(self) -> None:
        super().__init__()
        self._is_read = True
        self.cut = False

    @override
    def pause_reading(self) -> None:
        self._is_read = False

    @override
    def resume_reading(self) -> None:
        self._is_read = True

    @override
    def is_reading(self) -> bool:
        return self._is_read

    @override
    def abort(self) -> None:
        self.cut = True

    @property
    def codes(self) -> list[bytes]:
        """The status codes of all answers."""
        return [part[:3] for part in b"".join(self.written).split(b"HTTP/1.1 ")[1:]]


@dataclass
class Application:
    """Answers once it is allowed to, and remembers what it got."""

    may_start: bool = True
    reads: bool = True
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    got: list[str] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    had_body: list[bool] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.got.append("request")
        self.arrived.append(scope["state"]["arrived"])
        self.had_body.append(scope["state"].get("body_arrived", False))
        if self.may_start:
            await send_json(send, 200, b"", more=True)
        more = self.reads
        while more:
            message: Message = await receive()
            self.got.append(message["type"])
            more = message.get("more_body", False)
        await self.may_end.wait()
        if not self.may_start:
            await send_json(send, 200, b"", more=True)
        await send({"type": "http.response.body"})


class Scene:
    """A connection to an application that answers at once, unless it is told otherwise."""

    def __init__(self, limits: ConnectionLimits = TIMEOUTS) -> None:
        self.application = Application()
        self.application.may_end.set()
        self.refused: list[int] = []
        self.wire = Connection()
        self.protocol = AdmissionProtocol(
            uvicorn.Config(self.application, lifespan="off", log_config=None),
            ServerState(),
            limits,
            Refusals(status_body, lambda code, _message: self.refused.append(code)),
        )
        self.protocol.app = self.application
        self.protocol.connection_made(self.wire)

    @property
    def seconds_left(self) -> float:
        return self.protocol.expires - self.protocol.loop.time()

    async def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.protocol.data_received(piece)
            for _ in range(10):
                await asyncio.sleep(0)


def test_a_request_arrives_with_its_first_byte() -> None:
    """Its deadline counts from then: kube-apiserver's does too."""

    async def scenario() -> None:
        scene = Scene()
        now = scene.protocol.loop.time
        for _ in range(2):
            before = now()
            await scene.feed(HEADER[:20])
            between = now()
            await scene.feed(HEADER[20:], BODY)
            assert before <= scene.application.arrived[-1] <= between
        assert len(scene.application.arrived) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("pieces", "had_body"),
    [
        pytest.param([REVIEW], True, id="all at once"),
        pytest.param([HEADER[:20], HEADER[20:] + BODY], True, id="all with the end of the header"),
        pytest.param([HEADER, BODY], False, id="nothing with the header"),
        pytest.param([HEADER + BODY[:-1], BODY[-1:]], False, id="all but a byte"),
        pytest.param([HEADER[:20], HEADER[20:], BODY], False, id="a header in two pieces"),
        pytest.param([CHUNKED + b"1\r\n{\r\n", b"0\r\n\r\n"], False, id="one chunk of two"),
    ],
)
def test_an_application_is_told_whether_it_must_wait_for_a_body(
    pieces: list[bytes], *, had_body: bool
) -> None:
    async def scenario() -> None:
        scene = Scene()
        await scene.feed(*pieces, *pieces)
        assert scene.application.had_body == [had_body] * 2

    asyncio.run(scenario())


def test_the_size_of_a_header_is_its_own_alone() -> None:
    async def scenario() -> None:
        scene = Scene(ConnectionLimits(header_bytes=len(HEADER) + 1))
        for _ in range(3):
            await scene.feed(HEADER[:20], HEADER[20:-20], HEADER[-20:], BODY)
        assert scene.wire.codes == [b"200"] * 3

    asyncio.run(scenario())


def test_what_comes_after_the_end_is_not_read() -> None:
    """As asyncio hands over what was decrypted, even after the transport was closed."""

    async def scenario() -> None:
        scene = Scene()
        scene.wire.close()
        await scene.feed(REVIEW)
        assert scene.application.got == []

    asyncio.run(scenario())


@pytest.mark.parametrize("reads", [True, False], ids=["it reads", "it waits"])
@pytest.mark.parametrize("started", [True, False], ids=["it has begun to answer", "it has not"])
def test_an_application_whose_body_breaks_off_is_alone(*, reads: bool, started: bool) -> None:
    async def scenario() -> None:
        scene = Scene()
        scene.application.may_start, scene.application.reads = started, reads
        scene.application.may_end.clear()
        await scene.feed(CHUNKED + b"1\r\n{\r\n", BAD_CHUNK)
        scene.application.may_end.set()
        await scene.feed(b"")
        assert scene.wire.codes == [b"200" if started else b"400"]
        assert scene.refused == [400]
        if reads:
            assert scene.application.got[-1] == "http.disconnect"

    asyncio.run(scenario())


def test_a_whole_request_gets_its_answer_and_its_time_though_garbage_follows() -> None:
    async def scenario() -> None:
        scene = Scene()
        scene.application.may_start = False
        scene.application.may_end.clear()
        await scene.feed(REVIEW, b"POST /validate HTTP/1.1\r\n", b"\0\r\n")
        assert scene.seconds_left > 2 * TIMEOUTS.header_seconds
        assert scene.wire.codes == []
        scene.application.may_end.set()
        await scene.feed(REVIEW)
        assert scene.wire.codes == [b"200"]
        assert scene.wire.is_closing()
        assert scene.application.got.count("request") == 1

    asyncio.run(scenario())


def test_an_application_that_never_answers_has_an_end() -> None:
    async def scenario() -> None:
        scene = Scene()
        scene.application.may_start = False
        scene.application.may_end.clear()
        await scene.feed(REVIEW)
        assert 10 < scene.seconds_left <= 20
        scene.protocol.expire()
        assert scene.wire.cut

    asyncio.run(scenario())


def test_a_body_that_the_application_does_not_want_does_not_stop_the_next_request() -> None:
    async def scenario() -> None:
        scene = Scene()
        scene.application.reads = False
        scene.application.may_end.clear()
        await scene.feed(request(f"Content-Length: {2 * MUCH}"), b"x" * MUCH)
        assert not scene.wire.is_reading()
        scene.application.may_end.set()
        await scene.feed(b"")
        assert scene.wire.is_reading()
        await scene.feed(b"x" * MUCH, REVIEW)
        assert scene.wire.codes == [b"200"] * 2

    asyncio.run(scenario())


def test_a_client_that_still_sends_after_an_error_is_heard_out() -> None:
    async def scenario() -> None:
        scene = Scene()
        scene.application.may_start = scene.application.reads = False
        await scene.feed(CHUNKED + b"%x\r\n" % MUCH + b"x" * MUCH + b"\r\n" + BAD_CHUNK)
        assert scene.wire.codes == [b"400"]
        assert scene.wire.is_reading()
        assert not scene.wire.is_closing()
        first = scene.protocol.expires
        await scene.feed(b"more")
        assert scene.protocol.expires > first
        scene.protocol.expire()
        assert scene.wire.is_closing()

    asyncio.run(scenario())


def test_it_is_not_heard_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINGER_SECONDS", 0)

    async def scenario() -> None:
        scene = Scene()
        await scene.feed(b"garbage\r\n", b"more")
        assert scene.seconds_left <= 0

    asyncio.run(scenario())
