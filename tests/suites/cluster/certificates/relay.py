"""A way to the API server that can be cut, so that it is away for replicas and for nobody else."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING

from devtools.controlplane import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 64 * 1024
LOOK_EVERY = 0.02


class Way(Enum):
    """What becomes of connections, those that are there included."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"


class Relay:
    """Listens beside the API server and hands everything on while the way is open."""

    def __init__(self, to: Endpoint) -> None:
        self.endpoint = Endpoint.free(to.host)
        self.way = Way.OPEN
        self._to = to
        self._stop = threading.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _is(self, way: Way) -> bool:
        return self.way is way

    async def _run(self) -> None:
        while not self._stop.is_set():
            if self._is(Way.REFUSED):
                await asyncio.sleep(LOOK_EVERY)
                continue
            server = await asyncio.start_server(self._relay, self.endpoint.host, self.endpoint.port)
            async with server:
                while not self._is(Way.REFUSED) and not self._stop.is_set():  # noqa: ASYNC110  threads
                    await asyncio.sleep(LOOK_EVERY)
                for writer in self._writers:
                    writer.transport.abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            there = await asyncio.open_connection(self._to.host, self._to.port)
            self._writers.add(there[1])
            await asyncio.gather(self._copy(reader, there[1]), self._copy(there[0], writer))
            self._writers.discard(there[1])
        self._writers.discard(writer)
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                while self._is(Way.SILENT):  # noqa: ASYNC110  likewise
                    await asyncio.sleep(LOOK_EVERY)
                writer.write(data)
                await writer.drain()
        writer.close()
