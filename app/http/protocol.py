"""uvicorn's HTTP/1.1 protocol, with limits and our own words for what is not HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.http.answer import answer_always
from app.http.answer_writer import AnswerWriter
from app.http.caller import NOT_ALLOWED, is_allowed

if TYPE_CHECKING:
    import asyncio

    import uvicorn
    from starlette.types import ASGIApp
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

    from app.http.answer import Refusals
    from app.http.limits import ConnectionLimits

_EXCHANGE_SECONDS: Final = 20.0
"""For a whole request and its answer: the endpoints are stricter, this is for what they miss."""

_QUIET_SECONDS: Final = 0.2
_LINGER_SECONDS: Final = 2.0
"""After an error, wait until the client is quiet, at most for so long: an answer that is followed
by a reset, since the client still sends, can be lost on its way (RFC 9112, section 9.6)."""

_ENDING: Final = "leasegate ends this connection; try again on another one"

_READ_AHEAD: Final = 16 * 1024
"""Bytes of a body that are decrypted before anybody asks for them; asyncio's default is 256 KiB."""


class AdmissionProtocol(HttpToolsProtocol):
    """One connection.

    It is `established` after its TLS handshake, and `verified` where that showed that the caller is
    one of those that may call. `expires` is the time of the event loop at which it may be ended.
    `answered` and `since` are those of `app.http.connection_limit`. `refusals` answer
    what reaches no application.
    """

    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # uvicorn starts it as None

    def __init__(
        self,
        config: uvicorn.Config,
        state: ServerState,
        limits: ConnectionLimits,
        refusals: Refusals,
    ) -> None:
        super().__init__(config, state, {})
        self._limits = limits
        self._refusals = refusals
        self._draining = False
        self._deaf = False
        self._linger_until = 0.0
        self._in_header = False
        self._header_bytes = 0
        self.established = False
        self.verified = False
        self.answered = False
        self.since = self.loop.time()
        self.expires = float("inf")

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return not self._in_header and (self.cycle is None or self.cycle.response_complete)

    @property
    def closing(self) -> bool:
        """Whether the connection is being ended already."""
        return self._deaf or (self.established and self.transport.is_closing())

    def close_after_answer(self) -> None:
        """Make the next answer, or the one that is under way, the last."""
        self._draining = True
        if self.cycle is not None:
            self.cycle.keep_alive = False

    @override
    def shutdown(self) -> None:
        """End the connection after the answer that is under way.

        An idle one gets an answer to no request. The client may be sending one at this moment, and
        takes that for its answer; a mere close would lose the request. A client that is sending
        none throws it away, as it must (RFC 9112, section 9.2).
        """
        self.close_after_answer()
        if self.established and self.idle and not self._deaf:
            self._deaf = True
            self._write_error(503, _ENDING, b"retry-after: 0\r\n")
            self._linger()

    def expire(self) -> None:
        """End the connection, whose time is over."""
        if self._linger_until or self.idle:
            self.transport.close()
        elif self._in_header and not self._deaf:
            self._give_up(408, "the header of the request did not arrive in time")
        else:
            self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.established = True
        if hasattr(transport, "set_read_buffer_limits"):  # TLS
            transport.set_read_buffer_limits(_READ_AHEAD)
        if self._limits.callers is not None:
            self.verified = is_allowed(transport.get_extra_info("peercert"), self._limits.callers)
            if not self.verified:
                self.close_after_answer()
                self.app = self._answer_always(403, NOT_ALLOWED)
        self.expires = self.loop.time() + self._limits.header_seconds

    @override
    def data_received(self, data: bytes) -> None:
        # asyncio hands over what was decrypted already even after the transport was closed.
        if self._deaf or self.transport.is_closing():
            if self._linger_until:
                self.expires = min(self.loop.time() + _QUIET_SECONDS, self._linger_until)
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._give_up(400, "the request is not HTTP/1.1")
        except httptools.HttpParserUpgrade:
            self._deaf = True
        cycle = self.cycle
        if cycle is not None and not self._in_header and not cycle.more_body:
            # Where all came at once, the application has not begun: it need not wait.
            self.scope["state"]["body_arrived"] = True
        if self._in_header:
            self._header_bytes += len(data)
            if self._header_bytes > self._limits.header_bytes:
                self._give_up(431, f"the header is larger than {self._limits.header_bytes} bytes")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        now = self.loop.time()
        self.scope["state"]["arrived"] = now
        self.scope["state"]["caller_verified"] = self.verified
        self._in_header = True
        self._header_bytes = 0
        self.expires = now + self._limits.header_seconds

    @override
    def on_headers_complete(self) -> None:
        self._in_header = False
        self.expires = self.loop.time() + _EXCHANGE_SECONDS
        if problem := self._header_problem():
            self._draining = True
            self.app = self._answer_always(*problem)
        super().on_headers_complete()
        if self.cycle is not None and self.scope["method"] != "HEAD":
            self.cycle.transport = AnswerWriter(self.transport)  # type: ignore[assignment]
        if self._draining:
            self.close_after_answer()

    def _header_problem(self) -> tuple[int, str] | None:
        """Return what the parser lets through but no application should see."""
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            return 505, "the request is not HTTP/1.1"
        if len(self.headers) > self._limits.header_fields:
            return 431, f"the header has more than {self._limits.header_fields} fields"
        if [name for name, _ in self.headers].count(b"host") != 1 and version == "1.1":
            return 400, "the header must have one Host field"  # RFC 9112, section 3.2
        if self.parser.should_upgrade():
            return 400, "the protocol cannot be changed; leave the Upgrade field out"
        return None

    @override
    def on_response_complete(self) -> None:
        self.answered = True
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.since = self.loop.time()
            self.expires = self.since + self._limits.idle_seconds

    def _give_up(self, code: int, message: str) -> None:
        """Read no more; answer, unless a whole request is still under way: that gets its answer."""
        if self._deaf:
            return
        self._deaf = True
        self._refusals.refused(code, message)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._write_error(code, message)
        elif cycle.more_body:
            # The application need not answer any more: it will hear that its client is gone.
            cycle.disconnected = True
            cycle.message_event.set()
            if not cycle.response_started:
                self._write_error(code, message)
        else:
            self.expires = self.loop.time() + _EXCHANGE_SECONDS
            self.close_after_answer()
            return
        self._linger()

    def _answer_always(self, code: int, message: str) -> ASGIApp:
        body = self._refusals.body(code, message)
        return answer_always(body, code, lambda: self._refusals.refused(code, message))

    def _linger(self) -> None:
        self._linger_until = self.loop.time() + _LINGER_SECONDS
        self.expires = self.loop.time() + _QUIET_SECONDS
        self.flow.resume_reading()

    def _write_error(self, code: int, message: str, fields: bytes = b"") -> None:
        body = self._refusals.body(code, message)
        self.transport.write(
            STATUS_LINE[code]
            + b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
            + fields
            + b"connection: close\r\n\r\n"
            + body
        )
