"""One connection: its place among the others, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typing_extensions import override

from app.http.exchanges import Exchanges
from app.http.places import NEW_SECONDS

if TYPE_CHECKING:
    from app.http.service import Service
    from app.http.tls_session import TlsSession

_ENDING: Final = "leasegate ends this connection; try again on another one"
_OK: Final = range(200, 300)


class Connection(Exchanges):
    """A connection that has a place; `since` is that of `app.http.places`."""

    def __init__(self, service: Service, address: str, tls: TlsSession | None) -> None:
        super().__init__(service, address, tls)
        self._decided = False
        self.since = self._loop.time()
        service.connections.add(self)
        service.places.add(self)

    @property
    def idle(self) -> bool:
        """Whether no request is under way, and no answer of one."""
        return self._request is None and self.unread is None

    @property
    def busy(self) -> bool:
        """Whether a whole request waits for its answer."""
        return self._request is not None and self._request.complete

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

    def expire(self) -> None:
        """End the connection, whose time is over."""
        if self.unread is not None:
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

    @override
    def answered(self, code: int) -> None:
        if code in _OK:
            self._decided = True
            self._service.places.keep(self)
        self.since = self._loop.time()
        super().answered(code)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._service.connections.discard(self)
        super().connection_lost(exc)

    @override
    def _stop(self) -> None:
        super()._stop()
        self._service.places.remove(self)
