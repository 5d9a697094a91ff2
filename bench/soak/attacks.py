"""The attacks: what one client of each does, once; it is done again until the time is over."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from bench.soak.hello import FFDHE8192, P256, client_hello, key_share
from bench.soak.questions import (
    flood_questions,
    good_questions,
    many_causes,
    problem,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_HOST: Final = b" HTTP/1.1\r\nHost: localhost\r\n"
_CHUNKED: Final = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
_NOTHING: Final = b"GET /nothing" + _HOST + b"\r\n"
_REFUSALS: Final = frozenset({408, 429, 504})
"""What a large body may be answered instead of a decision."""


@dataclass
class Target:
    """The server, and what came of it: how often each thing was done, and wrong answers."""

    port: int
    operations_port: int
    context: ssl.SSLContext
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    turns: itertools.count[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def connection(
        self, *, tls: bool = True, operations: bool = False, limit: int = 65536
    ) -> AsyncIterator[_Streams]:
        """Open a connection that is reset at the end; `limit` is about what is read ahead."""
        with socket.socket() as plain:
            plain.setblocking(False)  # noqa: FBT003
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limit)
            port = self.operations_port if operations else self.port
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
            reader, writer = await asyncio.open_connection(
                sock=plain,
                limit=limit,
                ssl=self.context if tls else None,
                server_hostname="localhost" if tls else None,
            )
            try:
                yield reader, writer
            finally:
                writer.transport.abort()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status code and the body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    return int(head[9:12]), await reader.readexactly(int(length))


async def send_trailers(target: Target) -> None:
    """Send fields after the last chunk of a request, without an end."""
    async with target.connection(tls=False, operations=True) as (_, writer):
        target.done += 1
        writer.write(b"GET /livez" + _HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        while True:
            writer.write(b"a:b\r\n" * 2000)
            await writer.drain()


async def leave_unread(target: Target) -> None:
    """Ask for long answers and read none of them."""
    request = many_causes()
    async with target.connection(limit=4096) as (_, writer):
        target.done += 1
        writer.write(request * 8)
        while not writer.transport.is_closing():
            writer.write(request)
            await asyncio.sleep(0.5)


async def pipeline(target: Target) -> None:
    """Send thousands of requests without waiting for an answer."""
    number = 6000
    async with target.connection() as (reader, writer):
        writer.write(_NOTHING * number)
        for _ in range(number):
            await read_answer(reader)
            target.done += 1


def say_hello(group: int) -> Callable[[Target], Awaitable[None]]:
    """Begin handshakes with a key share of the group, and go."""
    share = key_share(group)

    async def once(target: Target) -> None:
        async with target.connection(tls=False) as (reader, writer):
            target.done += 1
            writer.write(client_hello(group, share))
            await reader.read(1)

    return once


async def stall(target: Target) -> None:
    """Send the better part of a chunk, and wait."""
    async with target.connection() as (reader, writer):
        target.done += 1
        writer.write(b"POST /validate" + _HOST + _CHUNKED + b"80000\r\n" + b" " * 460_000)
        await reader.read(1)


async def ask_for_nothing(target: Target) -> None:
    """Keep a connection open by asking, every three seconds, for what is not there."""
    async with target.connection(limit=4096) as (reader, writer):
        while True:
            writer.write(_NOTHING)
            await read_answer(reader)
            target.done += 1
            await asyncio.sleep(3)


async def scrape(target: Target) -> None:
    """Ask for the metrics."""
    async with target.connection(tls=False, operations=True) as (reader, writer):
        while True:
            writer.write(b"GET /metrics" + _HOST + b"\r\n")
            await read_answer(reader)
            target.done += 1


async def send_large(target: Target) -> None:
    """Send a body just below or above the limit; the answer must be right, or a refusal."""
    questions = flood_questions()
    asked = questions[next(target.turns) % len(questions)]
    async with target.connection() as (reader, writer):
        writer.write(asked.request)
        code, answer = await read_answer(reader)
        target.done += 1
        if code == HTTPStatus.OK:
            if wrong := problem(answer, asked):
                target.wrong.append(f"large body: {wrong}")
        elif code not in _REFUSALS:
            target.wrong.append(f"large body: HTTP {code}: {answer[:200]!r}")


async def be_slow(target: Target) -> None:
    """Send a byte now and then."""
    request = good_questions()[0].request
    async with target.connection() as (reader, writer):
        target.done += 1
        for byte in request:
            writer.write(bytes([byte]))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await reader.read(1)
                    return


async def reset(target: Target) -> None:
    """Send a part of a request, and reset the connection."""
    request = good_questions()[0].request
    async with target.connection() as (_, writer):
        target.done += 1
        writer.write(request[: next(target.turns) * 97 % len(request)])
        plain = writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Attack:
    """So many clients do the same for `share` times as long as others have."""

    name: str
    clients: int
    once: Callable[[Target], Awaitable[None]]
    share: int = 1


ATTACKS: Final = (
    Attack("trailers without an end, operations port", 8, send_trailers),
    Attack("answers left unread", 90, leave_unread),
    Attack("6,000 pipelined requests", 20, pipeline),
    Attack("hellos, P-256", 16, say_hello(P256)),
    Attack("hellos, ffdhe8192", 16, say_hello(FFDHE8192)),
    Attack("stalled chunked bodies", 68, stall),
    Attack("404 every 3 s on each connection", 1000, ask_for_nothing, share=3),
    Attack("scrapes", 100, scrape),
    Attack("bodies around the limit", 6, send_large),
    Attack("a byte every 0.5 s", 24, be_slow),
    Attack("resets", 8, reset),
)
