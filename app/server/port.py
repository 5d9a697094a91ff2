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

from app.server.protocol import AdmissionProtocol

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from app.settings import ConnectionLimits

_ACCEPTED_AT_ONCE: Final = 64
_ACCEPT_PAUSE_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 0.25
_TLS_CLOSE_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.02

_logger = structlog.stdlib.get_logger(__name__)


class Port:
    """Serves `application` on `listener`, a bound socket, with TLS where there is a `context`."""

    def __init__(
        self,
        application: ASGIApp,
        listener: socket.socket,
        limits: ConnectionLimits,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._listener = listener
        self._limits = limits
        self._context = context
        self._config = uvicorn.Config(
            application,
            http=AdmissionProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        self._config.load()
        self._state = ServerState()
        self._handshakes: dict[asyncio.Task[None], AdmissionProtocol] = {}
        self._draining = False
        self._sweep_timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Start to accept connections, in the running event loop."""
        asyncio.get_running_loop().add_reader(self._listener, self._accept)
        self._sweep()

    def drain(self) -> None:
        """From now on, ask with every answer to close the connection."""
        self._draining = True
        for connection in self._connections():
            connection.close_after_answer()

    def answer_with(self, application: ASGIApp) -> None:
        """Let another application answer every request that begins from now on."""
        self._config.loaded_app = application
        for connection in [*self._connections(), *self._handshakes.values()]:
            connection.app = application

    async def close(self, seconds: float) -> None:
        """Stop accepting; end what is idle, give the rest up to `seconds` to finish."""
        loop = asyncio.get_running_loop()
        self._accept()
        loop.remove_reader(self._listener)
        self._listener.close()
        deadline = loop.time() + seconds
        for connection in self._connections():
            connection.shutdown()
        # uvicorn keeps its connections in a plain set, which tells nobody when it is empty.
        while (self._state.connections or self._handshakes) and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        for connection in self._connections():
            connection.transport.abort()
        for task in [*self._handshakes, *self._state.tasks]:
            task.cancel()

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause_accepting(error)
                return
            self._establish(accepted)

    def _pause_accepting(self, error: OSError) -> None:
        """Wait for file descriptors or memory: the listener would stay readable all the while."""
        _logger.error("cannot accept a connection", reason=error.strerror)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listener)
        loop.call_later(_ACCEPT_PAUSE_SECONDS, self._resume_accepting)

    def _resume_accepting(self) -> None:
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _establish(self, accepted: socket.socket) -> None:
        protocol = AdmissionProtocol(self._config, self._state, self._limits)
        if self._draining:
            protocol.close_after_answer()
        task = asyncio.get_running_loop().create_task(self._handshake(accepted, protocol))
        self._handshakes[task] = protocol
        task.add_done_callback(self._handshakes.pop)

    async def _handshake(self, accepted: socket.socket, protocol: AdmissionProtocol) -> None:
        loop = asyncio.get_running_loop()
        try:
            if self._context is None:
                await loop.connect_accepted_socket(lambda: protocol, accepted)
            else:
                await loop.connect_accepted_socket(
                    lambda: protocol,
                    accepted,
                    ssl=self._context,
                    ssl_handshake_timeout=self._limits.handshake_seconds,
                    ssl_shutdown_timeout=_TLS_CLOSE_SECONDS,
                )
        except OSError:
            # Not TLS, no common version, too slow, gone: nobody is there who could be told.
            accepted.close()

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
        for connection in list(self._state.connections):
            if isinstance(connection, AdmissionProtocol):
                yield connection
