"""One keep-alive connection to an HTTPS server, for one thread.

An ordinary HTTP client spends more time on a request than kube-apiserver does; this one spends
80 us, so that two cores are left to the server.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httptools

if TYPE_CHECKING:
    import ssl

_TIMEOUT_SECONDS: Final = 60
_READ_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Response:
    """Status code and body of an answer, and its Warning headers."""

    code: int
    body: bytes
    warnings: tuple[str, ...]


class _Parts:
    """Collects what httptools parses."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.warnings: list[str] = []
        self.complete = False
        self.is_last = False

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self.is_last |= name == b"connection" and value.lower() == b"close"
        if name == b"warning":
            self.warnings.append(value.decode())

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


class Connection:
    """Sends requests with JSON bodies and a bearer token, one after the other."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext, token: str) -> None:
        self._address = (host, port)
        self._tls = tls
        self._headers = (
            f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nAccept: application/json\r\n"
        )
        self._socket: ssl.SSLSocket | None = None

    def request(self, method: str, target: str, body: bytes, headers: str = "") -> Response:
        """Return the answer; OSError if there is none. Each of `headers` ends in CR LF."""
        if self._socket is None:
            self._socket = self._connect()
        headers = f"{self._headers}{headers}Content-Length: {len(body)}\r\n"
        head = f"{method} {target} HTTP/1.1\r\n{headers}\r\n"
        parts = _Parts()
        try:
            self._socket.sendall(head.encode() + body)
            code = self._receive(self._socket, parts)
        except BaseException:
            self.close()
            raise
        if parts.is_last:
            self.close()
        return Response(code, bytes(parts.body), tuple(parts.warnings))

    def _receive(self, sock: ssl.SSLSocket, parts: _Parts) -> int:
        parser = httptools.HttpResponseParser(parts)
        while not parts.complete:
            received = sock.recv(_READ_BYTES)
            if not received:
                raise ConnectionError(f"{self._address} closed the connection")
            parser.feed_data(received)
        return parser.get_status_code()

    def close(self) -> None:
        """Close it; the next request opens it again."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(self._address, _TIMEOUT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(plain, server_hostname=self._address[0])
