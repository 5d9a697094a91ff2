"""The load: HTTP/1.1 over TLS on connections that are kept open, one request at a time on each.

One thread and blocking sockets behind a selector: the generator costs less than any server does, so
that it does not hide differences.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_TIMEOUT: Final = 30.0


class BadAnswerError(Exception):
    """A server did not answer with HTTP 200 and what was expected."""


@dataclass(frozen=True)
class Result:
    """What one load showed: seconds for all of it, and for each request."""

    seconds: float
    latencies: list[float]

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return the seconds within which so many of 100 requests were answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Connection:
    """One connection to a server on 127.0.0.1, whose certificate is for localhost."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        plain = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.sent = 0.0

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

    def send(self, request: bytes) -> None:
        """Send one request and note when."""
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes:
        """Return the body of one answer."""
        answer = self.socket.recv(65536)
        while answer and (end := _end(answer)) is None:
            answer += self.socket.recv(65536)
        if not answer.startswith(b"HTTP/1.1 200 ") or end != len(answer):
            raise BadAnswerError(answer[:300].decode("latin-1") or "the connection was closed")
        return answer[answer.index(b"\r\n\r\n") + 4 :]


def _end(answer: bytes) -> int | None:
    """Return where the answer ends, None where it is not there as a whole."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return None
    match = _LENGTH.search(head + b"\r\n")
    if match is None:
        raise BadAnswerError("an answer without Content-Length")
    size = int(match[1])
    return len(head) + 4 + size if len(body) >= size else None


def client_context(ca_certificate: Path) -> ssl.SSLContext:
    """Return what a client needs that trusts this CA only, as kube-apiserver does with caBundle."""
    context = ssl.create_default_context(cafile=ca_certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


@contextmanager
def connected(
    port: int, context: ssl.SSLContext, count: int, request: bytes
) -> Iterator[list[Connection]]:
    """Open connections and send one request over each, so that what follows finds them warm."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connection = Connection(port, context)
            stack.callback(connection.close)
            connection.send(request)
            connection.receive()
            connections.append(connection)
        yield connections


def run(connections: list[Connection], request: bytes, count: int) -> Result:
    """Send `count` requests over all connections; each waits for its answer before the next."""
    latencies: list[float] = []
    waiting = count
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        started = time.perf_counter()
        for connection in connections[:count]:
            connection.send(request)
            waiting -= 1
        while len(latencies) < count:
            for key, _ in selector.select(_TIMEOUT):
                connection = key.data
                connection.receive()
                latencies.append(time.perf_counter() - connection.sent)
                if waiting:
                    connection.send(request)
                    waiting -= 1
        return Result(time.perf_counter() - started, latencies)
