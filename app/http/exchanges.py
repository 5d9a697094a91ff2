"""The requests of one connection, one after the other, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typing_extensions import override

from app.http.answer import JSON
from app.http.caller import NOT_ALLOWED
from app.http.request import Request
from app.http.response import Response, head
from app.http.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

    from app.http.answer import Header
    from app.http.service import Service
    from app.http.tls_session import TlsSession

_BODY_AHEAD: Final = 64 * 1024
"""Bytes of a body that are kept before the application asks for them."""


class Exchanges(Stream):
    """Reads a request, lets the application answer it, and only then reads the next.

    It is the `app.http.response.Peer` of each answer.
    """

    def __init__(self, service: Service, address: str, tls: TlsSession | None) -> None:
        super().__init__(service, address, tls)
        self._arrived = 0.0
        self._unparsed = b""
        self._request: Request | None = None
        self._response: Response | None = None

    @property
    def date(self) -> bytes:
        """The field of every answer that says when it was made."""
        return self._service.date

    def close_after_answer(self) -> None:
        """Make the next answer, or the one that is under way, the last."""
        if self._response is not None:
            self._response.keep_alive = False

    @override
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
                if self.unread is not None:
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
        answering = self._response.run(service.application, self._scope(request), service.tasks)
        service.tasks.add(self._loop.create_task(answering))

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

    def answered(self, _code: int) -> None:
        """Go on after the whole answer was written."""
        request, response = self._request, self._response
        if request is None or response is None:
            return
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
        if self.unread is None:
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

    @override
    def _stop(self) -> None:
        super()._stop()
        self._unparsed = b""

    # What asyncio calls.

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._response is not None:
            self._response.disconnect()
        if self._request is not None:
            self._request.release()
        self._request = self._response = None
        super().connection_lost(exc)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self.transport is not None and self._request is None and not self.closing:
            self._wait_for_request()
