"""What kube-proxy does for a Service: hand each new connection to a ready replica."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.suites.cluster.certificates.replica import Replica

LOOK_EVERY = 0.1
CHUNK = 64 * 1024


class Forwarder:
    """Listens on a ClusterIP, port 443; connections that are there stay where they are.

    `replicas` may grow and shrink meanwhile. `was_ready` is told of each look at all of them.
    """

    def __init__(
        self,
        address: str,
        replicas: list[Replica],
        was_ready: Callable[[list[Replica]], None] = lambda _: None,
    ) -> None:
        self._address = address
        self._replicas = replicas
        self._was_ready = was_ready
        self._ready: list[Replica] = []
        self._turn = itertools.count()
        self._listening = threading.Event()
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [
            threading.Thread(target=lambda: asyncio.run(self._serve())),
            threading.Thread(target=self._look),
        ]
        for one in threads:
            one.start()
        try:
            assert self._listening.wait(10)
            yield
        finally:
            self._stop.set()
            for one in threads:
                one.join()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self._ready = [one for one in list(self._replicas) if one.is_ready()]
            self._was_ready(self._ready)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._forward, self._address, 443)
        self._listening.set()
        async with server:
            await asyncio.to_thread(self._stop.wait)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = self._ready
        with suppress(OSError, asyncio.CancelledError):
            if ready:
                to = ready[next(self._turn) % len(ready)].admission
                other_reader, other_writer = await asyncio.open_connection(to.host, to.port)
                await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer))
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
