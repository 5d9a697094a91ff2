"""TLS of one connection: bytes in, bytes out.

asyncio's own TLS reads on while a request is answered, does not say how much of an answer is
unread, does not send the alert of a failed handshake, and begins a handshake whenever its bytes
come. All of that is decided in `app.http.stream`, so only the translation is left here.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_RECORD_BYTES: Final = 16 * 1024
"""The largest record (RFC 8446, section 5.1); Python reads one at a time."""


class TlsSession:
    """The server's side. Every method may raise ssl.SSLError, after which only `output` is of use.

    `ended` is whether the client has said that it sends no more.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.ended = False

    def put(self, data: bytes) -> None:
        """Take what came from the client."""
        self._incoming.write(data)

    def handshake(self) -> bool:
        """Go on with the handshake; return whether it is done."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def decrypt(self) -> bytes:
        """Return what the client said."""
        try:
            pieces = []
            # To ask for more than came is answered with an exception, slower than a whole record.
            while self._incoming.pending or self._object.pending():
                if not (piece := self._object.read(_RECORD_BYTES)):
                    self.ended = True
                    break
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass  # a part of a record
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def encrypt(self, data: bytes) -> bytes:
        """Return what is to be sent to say `data`."""
        written = self._object.write(data)
        while written < len(data):
            written += self._object.write(memoryview(data)[written:])
        return self._outgoing.read()

    def output(self) -> bytes:
        """Return what TLS itself has to send: a handshake's messages, an alert."""
        return self._outgoing.read()

    def close(self) -> bytes:
        """Return what is to be sent to say that nothing more comes (close_notify)."""
        with suppress(ssl.SSLError):
            self._object.unwrap()
        return self._outgoing.read()

    def peer_certificate(self) -> Mapping[str, object] | None:
        """Return the client's certificate as `ssl.SSLSocket.getpeercert` has it."""
        return self._object.getpeercert()
