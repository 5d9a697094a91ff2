"""The bytes of one connection: TLS, what is read and what is written, and its end."""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from app.http.caller import is_allowed

if TYPE_CHECKING:
    from app.http.service import Service
    from app.http.tls_session import TlsSession

_QUIET_SECONDS: Final = 0.2
_LINGER_SECONDS: Final = 2.0
"""After an error, wait until the client is quiet, at most for so long: an answer that is followed
by a reset, since the client still sends, can be lost on its way (RFC 9112, section 9.6)."""


class Stream(asyncio.BufferedProtocol):
    """A connection that was accepted from `address`, with TLS where there is a `tls` session.

    `expires` is the time of the event loop at which it may be ended. `closing` is whether nothing
    more is taken from it, `unread` is done once the client has taken what was written: None where
    it has already.
    """

    transport: asyncio.Transport | None = None

    def __init__(self, service: Service, address: str, tls: TlsSession | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._service = service
        self._tls = tls
        self._established = False
        self._verified = False
        self.unread: asyncio.Future[None] | None = None
        self._lingers_until = 0.0
        self.address = address
        self.closing = False
        self.expires = self._loop.time() + service.limits.handshake_seconds

    @abstractmethod
    def _take(self, data: bytes) -> None:
        """Take what the client said."""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data if self._tls is None else self._tls.encrypt(data))

    # How it ends.

    def abort(self) -> None:
        """End the connection at once."""
        self._stop()
        if self.transport is not None:
            self.transport.abort()

    def _close(self) -> None:
        self._stop()
        if self.transport is not None and not self.transport.is_closing():
            if self._tls is not None:
                self.transport.write(self._tls.close())
            self.transport.close()

    def _linger(self) -> None:
        """Take nothing any more, but let the client read what it was answered."""
        self._stop()
        now = self._loop.time()
        self._lingers_until, self.expires = now + _LINGER_SECONDS, now + _QUIET_SECONDS
        if self.transport is not None:
            self.transport.resume_reading()

    def _stop(self) -> None:
        """Take nothing any more."""
        self.closing = True

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
        self._stop()
        # Nothing may be left that refers back: what a flood took is then free without a collection.
        self._tls = self.transport = None
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
            self.unread = self.unread or self._loop.create_future()
            self._service.unread.add(self, self.transport.get_write_buffer_size())

    @override
    def resume_writing(self) -> None:
        self._service.unread.remove(self)
        if self.unread is not None:
            unread, self.unread = self.unread, None
            unread.set_result(None)

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
