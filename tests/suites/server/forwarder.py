"""What stands between kube-apiserver and the replicas: it forwards TCP connections.

Like kube-proxy, it chooses a replica for each new connection among those that are ready, in turn,
and leaves connections that exist alone, whatever becomes of their replica. Readiness is asked for
again and again, as kubelet does, so that a replica which is no longer ready gets new connections
for a moment still.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.replica import Replica

_CHUNK = 64 * 1024


class Forwarder:
    """Forwards from `port` to the replicas."""

    def __init__(self, probe_seconds: float) -> None:
        self._probe_seconds = probe_seconds
        self._replicas: list[Replica] = []
        self._ready: list[Replica] = []
        self._turn = 0
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]

    def add(self, replica: Replica) -> None:
        """Add a replica, which gets connections from now on."""
        self._ready = [*self._ready, replica]
        self._replicas = [*self._replicas, replica]

    def remove(self, replica: Replica) -> None:
        """Give the replica no new connections from now on."""
        self._replicas = [other for other in self._replicas if other is not replica]
        self._ready = [other for other in self._ready if other is not replica]

    def run(self) -> None:
        """Forward until `stop`."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """End, from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        probing = asyncio.create_task(self._probe())
        server = await asyncio.start_server(self._forward, sock=self._listener)
        await self._stop.wait()
        probing.cancel()
        server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    async def _probe(self) -> None:
        while True:
            for replica in self._replicas:
                if replica in self._ready and not await _is_ready(replica):
                    self._ready = [other for other in self._ready if other is not replica]
            await asyncio.sleep(self._probe_seconds)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        ready = self._ready
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there = await asyncio.open_connection("127.0.0.1", ready[self._turn % len(ready)].port)
            await asyncio.gather(_pipe(reader, there[1]), _pipe(there[0], writer))
        writer.close()


async def _is_ready(replica: Replica) -> bool:
    """Ask as kubelet does; a replica that ends may cut its answer off."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", replica.operations_port)
    except OSError:
        return False
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: replica\r\nConnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction, and its end."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()


@contextmanager
def forwarding(probe_seconds: float) -> Iterator[Forwarder]:
    """Run a forwarder in a thread until the block ends."""
    forwarder = Forwarder(probe_seconds)
    thread = threading.Thread(target=forwarder.run)
    thread.start()
    try:
        yield forwarder
    finally:
        forwarder.stop()
        thread.join()
