"""The process that serves: sockets, TLS and application put together on uvicorn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import uvicorn
from typing_extensions import override

from app.server.protocol import AdmissionProtocol

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Coroutine, Sequence

    from fastapi import FastAPI

KEEP_ALIVE_SECONDS: Final = 120
"""Longer than the 90 s for which kube-apiserver keeps an idle connection: the client must be the
one that closes it, or a request that is just being sent is lost."""


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        background: Sequence[Callable[[], Coroutine[None, None, None]]],
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._background = background
        self._tasks: list[asyncio.Task[None]] = []

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._tasks = [asyncio.create_task(work()) for work in self._background]
        self._on_started()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._tasks:
            task.cancel()
        await super().shutdown(sockets=sockets)


def serve(
    application: FastAPI,
    listener: socket.socket,
    context: ssl.SSLContext,
    *,
    on_started: Callable[[], None],
    background: Sequence[Callable[[], Coroutine[None, None, None]]] = (),
) -> None:
    """Serve until SIGTERM or SIGINT.

    `on_started` is called once connections are accepted; `background` is work that goes on from
    then until the end.
    """
    config = uvicorn.Config(
        application,
        http=AdmissionProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
        ssl_context_factory=lambda _config, _default: context,
    )
    _Server(config, on_started, background).run(sockets=[listener])
