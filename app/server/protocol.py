"""uvicorn's HTTP/1.1 protocol, with limits of time and our own words for what is not HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.admission.status import status_body

if TYPE_CHECKING:
    import asyncio

    import uvicorn
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

    from app.settings import ConnectionLimits

_EXCHANGE_SECONDS: Final = 20.0
"""For a whole request and its answer: the endpoints are stricter, this is for what they miss."""


class AdmissionProtocol(HttpToolsProtocol):
    """One connection. It may be ended when the event loop's clock has reached `expires`."""

    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # uvicorn starts it as None

    def __init__(
        self, config: uvicorn.Config, state: ServerState, limits: ConnectionLimits
    ) -> None:
        super().__init__(config, state, {})
        self._limits = limits
        self._draining = False
        self._in_header = False
        self.expires = float("inf")

    def close_after_answer(self) -> None:
        """Make the next answer, or the one that is under way, the last."""
        self._draining = True
        if self.cycle:
            self.cycle.keep_alive = False

    def expire(self) -> None:
        """End the connection, whose time is over."""
        if self._in_header:
            self._answer_status(408, "the header of the request did not arrive in time")
        elif self.cycle and not self.cycle.response_complete:
            self.transport.abort()
        else:
            self.transport.close()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.expires = self.loop.time() + self._limits.header_seconds

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_header = True
        self.expires = self.loop.time() + self._limits.header_seconds

    @override
    def on_headers_complete(self) -> None:
        self._in_header = False
        self.expires = self.loop.time() + _EXCHANGE_SECONDS
        super().on_headers_complete()
        if self._draining:
            self.close_after_answer()

    @override
    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.expires = self.loop.time() + self._limits.idle_seconds

    @override
    def send_400_response(self, msg: str) -> None:
        self._answer_status(400, f"the request is not HTTP/1.1: {msg}")

    def _answer_status(self, code: int, message: str) -> None:
        """Answer before, or without, an application; then close."""
        body = status_body(code, message)
        self.transport.write(
            STATUS_LINE[code]
            + b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            % len(body)
            + body
        )
        self.transport.close()
