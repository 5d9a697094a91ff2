"""One listening socket: the application behind it, and the connections that it accepted.

asyncio's own servers neither count connections that are still in their TLS handshake nor let one
choose whom to refuse, so connections are accepted here and handed to uvicorn's HTTP protocol.
"""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

import structlog
import uvicorn
from uvicorn.server import ServerState

from app.http.answer import answer_always
from app.http.connection_limit import choose_victim
from app.http.protocol import AdmissionProtocol

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterable, Iterator

    from starlette.types import ASGIApp

    from app.http.answer import Header, Refusals
    from app.http.limits import ConnectionLimits

_ACCEPTED_AT_ONCE: Final = 64
_ACCEPT_PAUSE_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 0.25
_TLS_CLOSE_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.02

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
        self._refusals = refusals
        self._config = uvicorn.Config(
            application,
            http=AdmissionProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
        )
        self._config.load()
        self._state = ServerState()
        self._handshakes: dict[AdmissionProtocol, asyncio.Task[None]] = {}
        self._draining = False
        self._sweep_timer: asyncio.TimerHandle | None = None
        self.dropped = {"handshake": 0, "limit": 0}

    def open(self) -> None:
        """Start to accept connections, in the running event loop."""
        asyncio.get_running_loop().add_reader(self._listener, self._accept)
        self._sweep()

    def drain(self) -> None:
        """From now on, ask with every answer to close the connection."""
        self._draining = True
        for connection in self._connections():
            connection.close_after_answer()

    @property
    def connections(self) -> int:
        """How many connections there are, those in their TLS handshake included."""
        return sum(1 for _ in self._connections())

    def refuse_all(self, code: int, message: str, headers: Iterable[Header] = ()) -> None:
        """Answer every request that begins from now on with this error."""
        application = answer_always(
            self._refusals.body(code, message),
            code,
            lambda: self._refusals.refused(code, message),
            headers,
        )
        self._config.loaded_app = application
        for connection in self._connections():
            connection.app = application

    async def close(self, seconds: float) -> None:
        """End every connection, after its answer if that takes no more than `seconds`.

        New ones are accepted until there is none left: to be told so is better than to be refused.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        self.drain()
        # uvicorn keeps its connections in a plain set, which tells nobody when it is empty.
        while self._end_idle() and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        loop.remove_reader(self._listener)
        self._listener.close()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        for connection in self._connections():
            self._abort(connection)

    def _end_idle(self) -> bool:
        """End the connections that are idle; return whether there are connections at all."""
        self._accept()
        for connection in self._connections():
            connection.shutdown()
        return bool(self._state.connections or self._handshakes)

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause_accepting(error)
                return
            if self._make_room():
                self._establish(accepted)
            else:
                accepted.close()

    def _pause_accepting(self, error: OSError) -> None:
        """Wait for file descriptors or memory: the listener would stay readable all the while."""
        _logger.error("cannot accept a connection", reason=error.strerror)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listener)
        loop.call_later(_ACCEPT_PAUSE_SECONDS, self._resume_accepting)

    def _resume_accepting(self) -> None:
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _make_room(self) -> bool:
        """Whether one more connection may come, at the cost of another one if need be."""
        if len(self._state.connections) + len(self._handshakes) < self._limits.connections:
            return True
        present = [connection for connection in self._connections() if not self._ends(connection)]
        if len(present) < self._limits.connections:
            return True
        self.dropped["limit"] += 1
        now = asyncio.get_running_loop().time()
        victim = choose_victim(present, now, self._limits.in_use_seconds)
        if victim is None:
            return False
        if victim.answered:
            victim.shutdown()
        else:
            self._abort(victim)
        return True

    def _ends(self, connection: AdmissionProtocol) -> bool:
        """Whether it is being ended already; a handshake is so only when the event loop turns."""
        handshake = self._handshakes.get(connection)
        return connection.closing or (handshake is not None and handshake.cancelling() > 0)

    def _establish(self, accepted: socket.socket) -> None:
        protocol = AdmissionProtocol(self._config, self._state, self._limits, self._refusals)
        if self._draining:
            protocol.close_after_answer()
        task = asyncio.get_running_loop().create_task(self._handshake(accepted, protocol))
        self._handshakes[protocol] = task

        def finish(task: asyncio.Task[None]) -> None:
            del self._handshakes[protocol]
            if task.cancelled():
                accepted.close()

        task.add_done_callback(finish)

    async def _handshake(self, accepted: socket.socket, protocol: AdmissionProtocol) -> None:
        loop = asyncio.get_running_loop()
        tls = self._context() if self._context is not None else None
        try:
            await loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=tls,
                ssl_handshake_timeout=self._limits.handshake_seconds if tls is not None else None,
                ssl_shutdown_timeout=_TLS_CLOSE_SECONDS if tls is not None else None,
            )
        except OSError:
            # Not TLS, no common version, too slow, gone: nobody is there who could be told.
            self.dropped["handshake"] += 1

    def _abort(self, connection: AdmissionProtocol) -> None:
        if connection.established:
            connection.transport.abort()
        else:
            self._handshakes[connection].cancel()

    def _sweep(self) -> None:
        """End connections that are past their time: one timer for all of them."""
        loop = asyncio.get_running_loop()
        self._sweep_timer = loop.call_later(_SWEEP_SECONDS, self._sweep)
        date = formatdate(time.time(), usegmt=True).encode()
        self._state.default_headers = [(b"date", date)]
        now = loop.time()
        for connection in self._connections():
            if now >= connection.expires:
                connection.expire()

    def _connections(self) -> Iterator[AdmissionProtocol]:
        """Yield the connections, first those that are still in their TLS handshake."""
        yield from list(self._handshakes)
        for connection in list(self._state.connections):
            if isinstance(connection, AdmissionProtocol) and connection not in self._handshakes:
                yield connection
