"""The answer to one request, as an ASGI application makes it (ASGI 3.0, HTTP)."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Scope

    from app.http.request import Request

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_DISCONNECT: Final = "http.disconnect"
_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}

_logger = structlog.stdlib.get_logger(__name__)


def head(code: int, fields: Iterable[tuple[bytes, bytes]], *lines: bytes) -> bytes:
    """Return the head of an answer: status line and fields; `lines` are fields as they are sent."""
    block = [b"%b: %b\r\n" % field for field in fields]
    return b"".join([_STATUS_LINES[code], *block, *lines, b"\r\n"])


class Peer(Protocol):
    """The connection, as far as a response needs it."""

    @property
    def date(self) -> bytes:
        """The field of every answer that says when it was made."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def read_on(self) -> None:
        """Read what was not read because the body's last piece had not been taken."""

    def answered(self, code: int) -> None:
        """Go on after the whole answer was written."""

    def failed(self) -> None:
        """Go on after the application ended without a whole answer."""

    @property
    def unread(self) -> asyncio.Future[None] | None:
        """What is done once the client has taken what was written; None where it has already."""


class Response:
    """What an application does with one request.

    An answer without a Content-Length is ended by the end of the connection. `gone` is whether
    nobody waits for the answer any more.
    """

    def __init__(self, peer: Peer, request: Request, *, keep_alive: bool) -> None:
        self._peer = peer
        self._request = request
        self._code = 0
        self._head = b""
        self._body_left = -1
        self._body_taken = False
        self._woken: asyncio.Future[None] | None = None
        self.keep_alive = keep_alive
        self.started = self.complete = self.gone = False

    async def run(self, application: ASGIApp, scope: Scope, tasks: set[asyncio.Task[None]]) -> None:
        """Let the application answer; this task is one of `tasks` until it ends."""
        try:
            await application(scope, self.receive, self.send)
        except Exception:
            _logger.exception("the application failed on a request")
        finally:
            # A callback of the task would cost another turn of the event loop.
            if (task := asyncio.current_task()) is not None:
                tasks.discard(task)
        if not self.complete and not self.gone:
            self._peer.failed()

    def wake(self) -> None:
        """Let `receive` look again."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def disconnect(self) -> None:
        """Tell the application that nobody waits for its answer."""
        self.gone = True
        self.wake()

    async def receive(self) -> Message:
        """Return the next piece of the body, or that there is nobody any more."""
        request = self._request
        if request.expects_continue:
            request.expects_continue = False
            if not (request.complete or request.body or self.started):
                self._peer.write(_CONTINUE)
        while not (self.gone or self.complete):
            if not self._body_taken and (request.body or request.complete):
                body, request.body = bytes(request.body), bytearray()
                self._body_taken = request.complete
                if not request.complete:
                    self._peer.read_on()
                return {"type": "http.request", "body": body, "more_body": not self._body_taken}
            self._woken = asyncio.get_running_loop().create_future()
            await self._woken
            self._woken = None
        return {"type": _DISCONNECT}

    async def send(self, message: Message) -> None:
        """Write what the application answers, the head together with the first of the body."""
        if (unread := self._peer.unread) is not None:
            await asyncio.shield(unread)
        if self.gone:
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
        else:
            self._write(message.get("body", b""), more=message.get("more_body", False))

    def _begin(self, code: int, fields: Iterable[tuple[bytes, bytes]]) -> None:
        kept = []
        for name, value in fields:
            if b"\n" in value or b"\r" in value:
                raise ValueError(f"the field {name!r} of an answer has a line break")
            match name.lower():
                case b"content-length":
                    self._body_left = int(value)
                case b"connection":
                    self.keep_alive = self.keep_alive and value.lower() != b"close"
                    continue
            kept.append((name, value))
        if self._body_left < 0:
            self.keep_alive = False
        close = () if self.keep_alive else (b"connection: close\r\n",)
        self._code = code
        self._head = head(code, kept, self._peer.date, *close)

    def _write(self, body: bytes, *, more: bool) -> None:
        if self._request.method == "HEAD":
            body, self._body_left = b"", 0
        if self._body_left >= 0:
            self._body_left -= len(body)
            if self._body_left < 0 or (self._body_left and not more):
                raise ValueError("an answer is not as long as its Content-Length")
        self.started = True
        data, self._head = self._head + body, b""
        self.complete = not more
        if data:
            self._peer.write(data)
        if self.complete and not self.gone:
            self._peer.answered(self._code)
