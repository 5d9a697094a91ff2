"""The loads: HTTP/1.1 over TLS on connections that are kept open, one request at a time on each.

One thread and blocking sockets behind a selector: the generator costs less than any server does, so
that it does not hide differences.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_TIMEOUT: Final = 30.0
_OK: Final = 200


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
        self.due = 0.0

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

    def send(self, request: bytes, due: float) -> None:
        """Send one request and note when it was due."""
        self.due = due
        self.socket.sendall(request)

    def receive(self) -> bytes:
        """Return the body of one answer, which must be HTTP 200."""
        code, body = self.receive_any()
        if code != _OK:
            raise BadAnswerError(f"HTTP {code}: {body[:300].decode('latin-1')}")
        return body

    def receive_any(self) -> tuple[int, bytes]:
        """Return the status code and the body of one answer."""
        answer = self.socket.recv(65536)
        while answer and (end := _end(answer)) is None:
            answer += self.socket.recv(65536)
        if not answer:
            raise BadAnswerError("the connection was closed")
        if not answer.startswith(b"HTTP/1.1 ") or end != len(answer):
            raise BadAnswerError(answer[:300].decode("latin-1"))
        return int(answer[9:12]), answer[answer.index(b"\r\n\r\n") + 4 :]


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
            connection.send(request, 0)
            connection.receive()
            connections.append(connection)
        yield connections


@dataclass(frozen=True)
class Load:
    """How requests are sent: over so many connections, `rate` a second.

    Without a rate, each connection sends the next one as soon as it has its answer.
    """

    name: str
    connections: int
    rate: float | None = None

    def run(self, connections: list[Connection], requests: Sequence[bytes]) -> Result:
        """Send every request once; a latency counts from when the request was due."""
        idle = deque(connections)
        latencies: list[float] = []
        sent = 0
        with selectors.DefaultSelector() as selector:
            for connection in connections:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            started = time.perf_counter()
            while len(latencies) < len(requests):
                wait = _TIMEOUT
                while idle and sent < len(requests):
                    now = time.perf_counter()
                    due = now if self.rate is None else started + sent / self.rate
                    if due > now:
                        wait = due - now
                        break
                    idle.popleft().send(requests[sent], due)
                    sent += 1
                for key, _ in selector.select(wait):
                    key.data.receive()
                    latencies.append(time.perf_counter() - key.data.due)
                    idle.append(key.data)
            return Result(time.perf_counter() - started, latencies)
