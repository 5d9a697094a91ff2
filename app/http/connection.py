"""One connection: TLS, requests one after the other, limits, and its end."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from app.http.answer import JSON
from app.http.caller import NOT_ALLOWED, is_allowed
from app.http.places import NEW_SECONDS
from app.http.request import Request
from app.http.response import Response, head

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Scope

    from app.http.answer import Header, Refusals
    from app.http.handshakes import Handshakes
    from app.http.limits import ConnectionLimits
    from app.http.places import Places
    from app.http.tls_session import TlsSession
    from app.http.unread import UnreadAnswers

_QUIET_SECONDS: Final = 0.2
_LINGER_SECONDS: Final = 2.0
"""After an error, wait until the client is quiet, at most for so long: an answer that is followed
by a reset, since the client still sends, can be lost on its way (RFC 9112, section 9.6)."""

_BODY_AHEAD: Final = 64 * 1024
"""Bytes of a body that are kept before the application asks for them."""

_READ_BYTES: Final = 16 * 1024 + 256
"""Read from a connection at once: one TLS record, whole."""

_ENDING: Final = "leasegate ends this connection; try again on another one"
_OK: Final = range(200, 300)


@dataclass(slots=True)
class Service:
    """What all connections of one server share.

    `refusal` answers every request from its beginning, where there is one: HTTP status code,
    message, fields. `date` is a field of every answer. The `buffer` is used by whoever reads.
    """

    application: ASGIApp
    limits: ConnectionLimits
    refusals: Refusals
    places: Places[Connection]
    handshakes: Handshakes
    unread: UnreadAnswers
    date: bytes = b""
    draining: bool = False
    refusal: tuple[int, str, Iterable[Header]] | None = None
    connections: set[Connection] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    buffer: bytearray = field(default_factory=lambda: bytearray(_READ_BYTES))
    dropped: dict[str, int] = field(default_factory=lambda: {"handshake": 0, "limit": 0})


class Connection(asyncio.BufferedProtocol):
    """A connection that was accepted from `address`, with TLS where there is a `tls` session.

    `expires` is the time of the event loop at which it may be ended; `since` is that of
    `app.http.places`. `closing` is whether no more requests are read.
    """

    transport: asyncio.Transport | None = None

    def __init__(self, service: Service, address: str, tls: TlsSession | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._service = service
        self._tls = tls
        self._established = False
        self._verified = False
        self._decided = False
        self._arrived = 0.0
        self._unparsed = b""
        self._request: Request | None = None
        self._response: Response | None = None
        self._unread: asyncio.Future[None] | None = None
        self._lingers_until = 0.0
        self.address = address
        self.closing = False
        self.since = self._loop.time()
        self.expires = self.since + service.limits.handshake_seconds
        service.connections.add(self)
        service.places.add(self)

    @property
    def date(self) -> bytes:
        """The field of every answer that says when it was made."""
        return self._service.date

    @property
    def idle(self) -> bool:
        """Whether no request is under way, and no answer of one."""
        return self._request is None and self._unread is None

    @property
    def busy(self) -> bool:
        """Whether a whole request waits for its answer."""
        return self._request is not None and self._request.complete

    # How it ends.

    def close_after_answer(self) -> None:
        """Make the next answer, or the one that is under way, the last."""
        if self._response is not None:
            self._response.keep_alive = False

    def shutdown(self) -> None:
        """End the connection after the answer that is under way.

        An idle one gets an answer to no request. The client may be sending one at this moment, and
        takes that for its answer; a mere close would lose the request. A client that is sending
        none throws it away, as it must (RFC 9112, section 9.2). Who has just connected is about to
        ask, and has the time for it.
        """
        self.close_after_answer()
        just_connected = not self._decided and self._loop.time() - self.since < NEW_SECONDS
        if self._established and self.idle and not self.closing and not just_connected:
            self._write_error(503, _ENDING, [(b"retry-after", b"0")])
            self._linger()

    def make_room(self) -> None:
        """End the connection for want of places."""
        if self._decided and self.idle:
            self.shutdown()
        else:
            self.abort()

    def abort(self) -> None:
        """End the connection at once."""
        self._close_places()
        if self.transport is not None:
            self.transport.abort()

    def expire(self) -> None:
        """End the connection, whose time is over."""
        if self._unread is not None:
            self.abort()
        elif self.closing or (self._established and self._request is None):
            self._close()
        elif not self._established:
            self._service.dropped["handshake"] += 1
            self.abort()
        elif self._request is not None and not self._request.has_header:
            self._refuse(408, "the header of the request did not arrive in time")
        else:
            self.abort()

    def _close(self) -> None:
        self._close_places()
        if self.transport is not None and not self.transport.is_closing():
            if self._tls is not None:
                self.transport.write(self._tls.close())
            self.transport.close()

    def _close_places(self) -> None:
        self.closing = True
        self._service.places.remove(self)

    def _linger(self) -> None:
        """Read no request any more, but let the client read what it was answered."""
        self._close_places()
        self._unparsed = b""
        now = self._loop.time()
        self._lingers_until, self.expires = now + _LINGER_SECONDS, now + _QUIET_SECONDS
        if self.transport is not None:
            self.transport.resume_reading()

    # What asyncio calls.

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        transport.set_write_buffer_limits(high=0)
        if self.closing:
            transport.abort()
        elif self._tls is None:
            self._establish()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        service = self._service
        self._close_places()
        service.connections.discard(self)
        service.unread.remove(self)
        if self._response is not None:
            self._response.disconnect()
        if self._request is not None:
            self._request.release()
        # Nothing may be left that refers back: what a flood took is then free without a collection.
        self._request = self._response = self._tls = self.transport = None
        self._unparsed = b""
        self.resume_writing()

    @override
    def get_buffer(self, sizehint: int) -> bytearray:
        return self._service.buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        if self._lingers_until:
            self.expires = min(self._loop.time() + _QUIET_SECONDS, self._lingers_until)
            return
        if self.closing or self.transport is None:
            return
        data = bytes(memoryview(self._service.buffer)[:nbytes])
        if self._tls is None:
            self._take(data)
            return
        self._tls.put(data)
        if self._established:
            self._decrypt(self._tls)
        else:
            self.transport.pause_reading()
            self._service.handshakes.add(self)

    @override
    def eof_received(self) -> bool:
        return False

    @override
    def pause_writing(self) -> None:
        if self.transport is not None:
            self._unread = self._unread or self._loop.create_future()
            self._service.unread.add(self, self.transport.get_write_buffer_size())

    @override
    def resume_writing(self) -> None:
        self._service.unread.remove(self)
        if self._unread is not None:
            unread, self._unread = self._unread, None
            unread.set_result(None)
        if self.transport is not None and self._request is None and not self.closing:
            self._wait_for_request()

    # TLS.

    def shake_hands(self) -> None:
        """Go on with the TLS handshake."""
        if self._tls is None or self.transport is None or self.closing:
            return
        try:
            done = self._tls.handshake()
            self.transport.write(self._tls.output())
            if done:
                self._establish()
                self._decrypt(self._tls)
        except ssl.SSLError:
            # No TLS, no common version, a certificate that is refused: the alert says which.
            self._service.dropped["handshake"] += 1
            self.transport.write(self._tls.output())
            self._linger()
            return
        if not self.closing:
            self.transport.resume_reading()

    def _establish(self) -> None:
        self._established = True
        self.expires = self._loop.time() + self._service.limits.header_seconds
        callers = self._service.limits.callers
        if callers is not None and self._tls is not None:
            self._verified = is_allowed(self._tls.peer_certificate(), callers)

    def _decrypt(self, tls: TlsSession) -> None:
        try:
            data = tls.decrypt()
        except ssl.SSLError:
            self.abort()
            return
        if data:
            self._take(data)
        if tls.ended and not self.closing:
            self._close()

    # Requests and answers.

    def _take(self, data: bytes) -> None:
        self._unparsed = self._unparsed + data if self._unparsed else data
        self.read_on()

    def read_on(self) -> None:
        """Read what has come, up to the end of the request that is under way."""
        data, start = self._unparsed, 0
        self._unparsed = b""
        while start < len(data) and not self.closing:
            request = self._request
            if request is None:
                if self._unread is not None:
                    break
                request = self._begin()
            elif request.complete or len(request.body) > _BODY_AHEAD:
                break
            start = request.feed(data, start)
            self._progress(request)
        if self.transport is None or self.closing:
            return
        self._unparsed = data[start:]
        if self._unparsed:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _begin(self) -> Request:
        now = self._loop.time()
        self.expires = now + self._service.limits.header_seconds
        self._arrived = now
        self._request = Request(self._service.limits)
        return self._request

    def _progress(self, request: Request) -> None:
        """Go on after a part of a request has come."""
        service = self._service
        if request.problem is not None:
            self._refuse(*request.problem)
        elif self._response is not None:
            self._response.wake()
            if self._response.complete and request.complete:
                self._end_request()
        elif request.has_header:
            self.expires = self._loop.time() + service.limits.request_seconds
            if service.refusal is not None:
                self._refuse(*service.refusal)
            elif service.limits.callers is not None and not self._verified:
                self._refuse(403, NOT_ALLOWED)
            else:
                self._answer(request)

    def _answer(self, request: Request) -> None:
        """Let the application begin to answer."""
        service = self._service
        keep_alive = request.keep_alive and not service.draining
        self._response = Response(self, request, keep_alive=keep_alive)
        answering = self._response.run(service.application, self._scope(request))
        task = self._loop.create_task(answering)
        service.tasks.add(task)
        task.add_done_callback(service.tasks.discard)

    def _scope(self, request: Request) -> Scope:
        """Return what ASGI tells of a request.

        `state` has the time of the event loop at which it arrived, whether its whole body did, and
        whether its caller showed a certificate of one who may call.
        """
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": request.version,
            "client": (self.address, 0),
            "server": None,
            "scheme": "http" if self._tls is None else "https",
            "method": request.method,
            "root_path": "",
            "path": request.path,
            "raw_path": request.raw_path,
            "query_string": request.query,
            "headers": request.headers,
            "state": {
                "arrived": self._arrived,
                "body_arrived": request.complete,
                "caller_verified": self._verified,
            },
        }

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data if self._tls is None else self._tls.encrypt(data))

    async def drained(self) -> None:
        """Return once the client has taken what was written."""
        if self._unread is not None:
            await asyncio.shield(self._unread)

    def answered(self, code: int) -> None:
        """Go on after the whole answer was written."""
        request, response = self._request, self._response
        if request is None or response is None:
            return
        if code in _OK:
            self._decided = True
            self._service.places.keep(self)
        self.since = self._loop.time()
        if not response.keep_alive:
            if request.complete and not self._unparsed:
                self._close()
            else:
                self._linger()
        elif request.complete:
            self._end_request()
        else:
            request.discards = True
            request.body.clear()
            self.read_on()

    def failed(self) -> None:
        """Go on after the application ended without a whole answer."""
        if self._response is not None and not self._response.started:
            self._refuse(500, "the server failed on this request; its log says why")
        else:
            self.abort()

    def _end_request(self) -> None:
        self._request = self._response = None
        if self._unread is None:
            self._wait_for_request()

    def _wait_for_request(self) -> None:
        self.expires = self._loop.time() + self._service.limits.idle_seconds
        if self._unparsed:
            self.read_on()

    def _refuse(self, code: int, message: str, fields: Iterable[Header] = ()) -> None:
        """Read no more; answer, unless an answer has begun."""
        if self.closing:
            return
        self._service.refusals.refused(code, message)
        response = self._response
        if response is not None:
            # The application need not answer any more: it will hear that its client is gone.
            response.disconnect()
        if response is None or not response.started:
            self._write_error(code, message, fields)
        self._linger()

    def _write_error(self, code: int, message: str, fields: Iterable[Header]) -> None:
        body = self._service.refusals.body(code, message)
        length = (b"content-length", b"%d" % len(body))
        close = b"connection: close\r\n"
        self.write(head(code, [JSON, length, *fields], self.date, close) + body)
