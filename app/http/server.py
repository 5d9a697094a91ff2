"""One listening socket: the application behind it, and the connections that it accepted.

asyncio's own servers neither count connections that are still in their TLS handshake nor let one
choose whom to refuse, so connections are accepted here.
"""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

import structlog
import uvicorn

from app.http.connection import Connection
from app.http.handshakes import Handshakes
from app.http.places import Places
from app.http.service import Service
from app.http.tls_session import TlsSession
from app.http.unread import UnreadAnswers

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterable

    from starlette.types import ASGIApp

    from app.http.answer import Header, Refusals
    from app.http.limits import ConnectionLimits

_ACCEPTED_AT_ONCE: Final = 16
_ACCEPT_PAUSE_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 0.25
_POLL_SECONDS: Final = 0.02
_ENDING_SHARE: Final = 4
"""A quarter more connections than there are places may be there, being ended."""

_logger = structlog.stdlib.get_logger(__name__)


class HttpServer:
    """Serves `application` on `listener`, a bound socket, with TLS where there is a `context`.

    `context` is asked for each connection, so that another one takes effect with the next.

    `refusals` answer what does not reach the application. `dropped` counts connections that were
    ended without an answer: at the limit of their number, or because their TLS handshake failed.
    """

    def __init__(
        self,
        application: ASGIApp,
        listener: socket.socket,
        limits: ConnectionLimits,
        refusals: Refusals,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._listener = listener
        self._limits = limits
        self._context = context
        config = uvicorn.Config(
            application,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
        )
        config.load()
        self._service = Service(
            config.loaded_app,
            limits,
            refusals,
            Places(limits.connections),
            Handshakes(),
            UnreadAnswers(limits.unread_bytes),
        )
        self._accepting: set[asyncio.Task[None]] = set()
        self._sweep_timer: asyncio.TimerHandle | None = None

    @property
    def dropped(self) -> dict[str, int]:
        """How many connections were ended without an answer, by the reason; those never fall."""
        return self._service.dropped

    @property
    def connections(self) -> int:
        """How many connections there are, those in their TLS handshake included."""
        return len(self._service.connections)

    def open(self) -> None:
        """Start to accept connections, in the running event loop."""
        asyncio.get_running_loop().add_reader(self._listener, self._accept)
        self._sweep()

    def drain(self) -> None:
        """From now on, ask with every answer to close the connection."""
        self._service.draining = True
        for connection in self._service.connections:
            connection.close_after_answer()

    def refuse_all(self, code: int, message: str, headers: Iterable[Header] = ()) -> None:
        """Answer every request that begins from now on with this error, and end its connection."""
        self._service.refusal = (code, message, tuple(headers))

    async def close(self, seconds: float) -> None:
        """End every connection, after its answer if that takes no more than `seconds`.

        New ones are accepted until there is none left: to be told so is better than to be refused.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        self.drain()
        # Nobody tells when the last connection has ended.
        while self._end_idle() and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        loop.remove_reader(self._listener)
        self._listener.close()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        for connection in list(self._service.connections):
            connection.abort()

    def _end_idle(self) -> bool:
        """End the connections that are idle; return whether there are connections at all."""
        self._accept()
        for connection in list(self._service.connections):
            connection.shutdown()
        return bool(self._service.connections)

    def _accept(self) -> None:
        """Accept some connections, then leave as much time to everybody else as that took."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._wait_for_resources(error)
                return
            if self._make_room(started):
                self._establish(accepted, str(peer[0]))
            else:
                accepted.close()
        self._pause_accepting(loop.time() - started)

    def _wait_for_resources(self, error: OSError) -> None:
        """Wait for file descriptors or memory: the listener would stay readable all the while."""
        _logger.error("cannot accept a connection", reason=error.strerror)
        self._pause_accepting(_ACCEPT_PAUSE_SECONDS)

    def _pause_accepting(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listener)
        loop.call_later(seconds, self._resume_accepting)

    def _resume_accepting(self) -> None:
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _make_room(self, now: float) -> bool:
        """Whether one more connection may come, at the cost of another one if need be."""
        service, limit = self._service, self._limits.connections
        if not service.places.full:
            return True
        service.dropped["limit"] += 1
        if len(service.connections) >= limit + limit // _ENDING_SHARE:
            return False
        spared = service.places.least_needed(now)
        if spared is None:
            return False
        spared.make_room()
        return True

    def _establish(self, accepted: socket.socket, address: str) -> None:
        tls = TlsSession(self._context()) if self._context is not None else None
        connection = Connection(self._service, address, tls)
        task = asyncio.get_running_loop().create_task(_connect(connection, accepted))
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)

    def _sweep(self) -> None:
        """End connections that are past their time: one timer for all of them."""
        loop = asyncio.get_running_loop()
        self._sweep_timer = loop.call_later(_SWEEP_SECONDS, self._sweep)
        self._service.date = b"date: %b\r\n" % formatdate(time.time(), usegmt=True).encode()
        now = loop.time()
        for connection in list(self._service.connections):
            if now >= connection.expires:
                connection.expire()


async def _connect(connection: Connection, accepted: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    try:
        await loop.connect_accepted_socket(lambda: connection, accepted)
    except OSError as error:  # The client has gone already.
        accepted.close()
        connection.connection_lost(error)
