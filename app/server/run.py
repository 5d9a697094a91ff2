"""The process that serves: two ports in one event loop, from the start to the end of the drain."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from app.server.lifecycle import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.http.server import HttpServer
    from app.server.lifecycle import Lifecycle
    from app.server.limits import ShutdownSettings

Work = Coroutine[None, None, None]

_logger = structlog.stdlib.get_logger(__name__)

_CLEANUP_SECONDS: Final = 4.0

_SHUTTING_DOWN: Final = "this replica of leasegate is shutting down"
_RETRY_AT_ONCE: Final = (b"retry-after", b"0")
"""client-go then sends the request again at once, which reaches another replica."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The admission port, and the operations port where there is one.

    The operations port opens first and closes last, so that a probe always gets an answer.
    `on_started` is called once reviews are accepted; `background` is work that goes on from the
    start until the end.
    """

    admission: HttpServer
    operations: HttpServer | None
    lifecycle: Lifecycle
    shutdown: ShutdownSettings
    on_started: Callable[[], None]
    background: Sequence[Callable[[], Work]] = ()

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or the lifecycle's `stop`."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        lifecycle = self.lifecycle
        lifecycle.attach()
        if self.operations is not None:
            self.operations.open()
        tasks = [asyncio.create_task(work()) for work in self.background]
        self.admission.open()
        lifecycle.phase = Phase.SERVING
        self.on_started()
        reason = await lifecycle.wait_for_stop()
        _logger.info("asked to end", by=reason)
        lifecycle.phase = Phase.DRAINING
        self.admission.drain()
        _logger.info("draining", seconds=self.shutdown.drain_seconds)
        await lifecycle.drain(self.shutdown.drain_seconds)
        lifecycle.phase = Phase.REFUSING
        self.admission.refuse_all(503, _SHUTTING_DOWN, [_RETRY_AT_ONCE])
        await self.admission.close(self.shutdown.shutdown_seconds)
        for task in tasks:
            task.cancel()
        if tasks:
            # Some close their connection to the API server.
            await asyncio.wait(tasks, timeout=_CLEANUP_SECONDS)
        if self.operations is not None:
            await self.operations.close(0)
        _logger.info("ended")
