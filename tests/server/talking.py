"""A client that goes on sending while it reads what is answered.

OpenSSL lets one thread at a time use a connection, so this is a task and no thread.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.server.running import PATIENCE, Answer, RunningServer, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable


def last_answer(server: RunningServer, pieces: Iterable[bytes], pause: float = 0) -> Answer:
    """Send pieces, with so many seconds between them, until the server ends the connection."""
    content = asyncio.run(_talk(server, pieces, pause))
    _, version, rest = content.rpartition(b"HTTP/1.1 ")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(version + rest)
        theirs.shutdown(socket.SHUT_WR)
        return read_answer(ours)


async def _talk(server: RunningServer, pieces: Iterable[bytes], pause: float) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=server.context())

    async def send() -> None:
        with suppress(OSError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

    sending = asyncio.create_task(send())
    received = b""
    try:
        async with asyncio.timeout(PATIENCE):
            with suppress(OSError):
                while piece := await reader.read(65536):
                    received += piece
    finally:
        sending.cancel()
        writer.transport.abort()
    return received
