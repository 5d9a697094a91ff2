"""A connection without a network: what is written is kept, what is read is fed by the test."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from app.admission.status import status_body
from app.http.answer import Refusals, send_json
from app.http.connection import Connection
from app.http.handshakes import Handshakes
from app.http.limits import ConnectionLimits
from app.http.places import Places
from app.http.service import Service
from app.http.unread import UnreadAnswers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Wire(asyncio.Transport):
    """A transport that keeps what is written; it can be stopped, cut, and read too slowly."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = self.cut = False
        self._paused = False
        self.unread = 0
        self.reads = True
        self.protocol: Connection | None = None

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data:
            return
        self.written.append(bytes(data))
        if not self.reads:
            self.unread += len(data)
            assert self.protocol is not None
            self.protocol.pause_writing()

    def read_all(self) -> None:
        """Let the client take what it was sent."""
        self.reads, self.unread = True, 0
        assert self.protocol is not None
        self.protocol.resume_writing()

    @override
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high == 0

    @override
    def get_write_buffer_size(self) -> int:
        return self.unread

    @override
    def close(self) -> None:
        self.closed = True

    @override
    def abort(self) -> None:
        self.closed = self.cut = True

    @override
    def is_closing(self) -> bool:
        return self.closed

    @override
    def pause_reading(self) -> None:
        self._paused = True

    @override
    def resume_reading(self) -> None:
        self._paused = False

    @override
    def is_reading(self) -> bool:
        return not self._paused

    @property
    def codes(self) -> list[int]:
        """The status codes of all answers."""
        return [int(part[:3]) for part in b"".join(self.written).split(b"HTTP/1.1 ")[1:]]


@dataclass
class Application:
    """Answers once it may, and remembers what it got."""

    reads: bool = True
    answer: bytes = b""
    code: int = 200
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    got: list[Message] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        more = self.reads
        while more:
            message: Message = await receive()
            self.got.append(message)
            more = message.get("more_body", False)
        await self.may_end.wait()
        await send_json(send, self.code, self.answer)

    @property
    def body(self) -> bytes:
        """All that came of all bodies."""
        return b"".join(message.get("body", b"") for message in self.got)


class Scene:
    """A connection to an application that answers at once, unless it is told otherwise."""

    def __init__(
        self, limits: ConnectionLimits | None = None, application: ASGIApp | None = None
    ) -> None:
        limits = limits or ConnectionLimits(header_seconds=1, idle_seconds=2)
        self.application = Application()
        self.application.may_end.set()
        self.refused: list[int] = []
        self.service = Service(
            application or self.application,
            limits,
            Refusals(status_body, lambda code, _message: self.refused.append(code)),
            Places(limits.connections),
            Handshakes(),
            UnreadAnswers(limits.unread_bytes),
        )
        self.wire, self.connection = self.connect()

    def connect(self, address: str = "127.0.0.1") -> tuple[Wire, Connection]:
        """Return one more connection."""
        wire, connection = Wire(), Connection(self.service, address, None)
        wire.protocol = connection
        connection.connection_made(wire)
        return wire, connection

    @property
    def seconds_left(self) -> float:
        """How long the connection may go on like this."""
        return self.connection.expires - asyncio.get_running_loop().time()

    async def feed(self, *pieces: bytes, connection: Connection | None = None) -> None:
        """Let pieces come one after the other, each with time to be dealt with."""
        connection = connection or self.connection
        for piece in pieces:
            for start in range(0, len(piece), len(self.service.buffer)):
                part = piece[start : start + len(self.service.buffer)]
                self.service.buffer[: len(part)] = part
                connection.buffer_updated(len(part))
                await settle()


async def settle() -> None:
    """Let the event loop turn until nothing is left to do."""
    for _ in range(10):
        await asyncio.sleep(0)
