"""Many bodies at the limit at once, from a real process' point of view: its memory stays flat."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import pytest

from app.server.limits import ReviewLimits
from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.reviews import create
from tests.server.replica import Replica, replica
from tests.server.running import Certificates, RunningServer
from tests.server.test_oversized import padded

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

MEBIBYTE = 1024 * 1024
LIMITS = ReviewLimits()
CLIENTS = 80
PIECE = 64 * 1024
AT_THE_LIMIT = padded(create(), LIMITS.body_bytes)
REVIEW = request(*JSON) + BODY

pytestmark = pytest.mark.timeout(900)


@dataclass
class Watch:
    """Looks at the memory of a process until the block ends."""

    process: Replica
    peak: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def look(self) -> None:
        while not self.over.wait(0.01):
            self.peak = max(self.peak, self.process.resident_bytes())


def flood(server: RunningServer) -> list[int]:
    """Send bodies at the limit from all clients at once; return the status codes."""

    async def all_at_once() -> list[int]:
        tls = server.context()
        return await asyncio.gather(*(send_one(server.port, tls) for _ in range(CLIENTS)))

    return asyncio.run(all_at_once())


async def send_one(port: int, tls: ssl.SSLContext) -> int:
    """Send a body while an answer may come already: OpenSSL takes no two threads for that."""
    reader, writer = await connect(port, tls)
    sending = asyncio.create_task(send_whole(writer))
    try:
        async with asyncio.timeout(300):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            [length] = re.findall(rb"^content-length: ([0-9]+)\r$", head, re.MULTILINE)
            answer = json.loads(await reader.readexactly(int(length)))
            await sending
    finally:
        sending.cancel()
        writer.transport.abort()
    assert answer["kind"] in ("AdmissionReview", "Status")
    return int(head.split()[1])


async def connect(
    port: int, tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection; where handshakes wait too long for a busy machine, one more."""
    while True:
        with suppress(ConnectionResetError):
            return await asyncio.open_connection("127.0.0.1", port, ssl=tls)


async def send_whole(writer: asyncio.StreamWriter) -> None:
    writer.write(request(JSON[0], f"Content-Length: {len(AT_THE_LIMIT)}"))
    with suppress(OSError):
        for start in range(0, len(AT_THE_LIMIT), PIECE):
            writer.write(AT_THE_LIMIT[start : start + PIECE])
            await writer.drain()


def test_memory_stays_flat_and_what_can_be_answered_is(
    certificates: Certificates, tmp_path: Path
) -> None:
    with replica(certificates, tmp_path / "log", "--drain-seconds=0") as process:
        server = RunningServer(process.port, certificates.ca)
        over = threading.Event()
        small: list[str] = []

        def keep_asking() -> None:
            with server.connect() as pooled:
                pooled.settimeout(300)
                while not over.is_set():
                    pooled.sendall(REVIEW)
                    small.append(answered_uid(pooled))

        asking = threading.Thread(target=keep_asking)
        asking.start()
        before = process.resident_bytes()
        with Watch(process) as first:
            codes = flood(server)
        with Watch(process) as second:
            codes += flood(server)
        over.set()
        asking.join()
        assert set(codes) <= {200, 408, 429, 504}
        assert 200 in codes
        assert set(small) == {UID}
        assert CLIENTS * LIMITS.body_bytes > 200 * MEBIBYTE
        assert first.peak - before < 130 * MEBIBYTE
        assert second.peak - first.peak < 30 * MEBIBYTE
        assert process.is_ready()


def test_idle_connections_cost_little_each(certificates: Certificates, tmp_path: Path) -> None:
    """asyncio would keep 256 KiB for each."""
    number, each = 200, 96 * 1024
    with (
        replica(certificates, tmp_path / "log", "--drain-seconds=0") as process,
        ExitStack() as all_,
    ):
        server = RunningServer(process.port, certificates.ca)
        for _ in range(20):
            with server.connect() as first:
                first.sendall(REVIEW)
                assert answered_uid(first) == UID
        before = process.resident_bytes()
        for _ in range(number):
            idle = all_.enter_context(server.connect())
            idle.sendall(REVIEW)
            assert answered_uid(idle) == UID
        assert process.resident_bytes() - before < number * each
