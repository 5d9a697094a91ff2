"""The process that serves: two ports in one event loop, from the start to the end of the drain."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.server.answer import CLOSE, send_status
from app.server.lifecycle import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Receive, Scope, Send

    from app.server.lifecycle import Lifecycle
    from app.server.port import Port
    from app.settings import ShutdownSettings

Work = Coroutine[None, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The admission port, and the operations port where there is one.

    The operations port opens first and closes last, so that a probe always gets an answer.
    `on_started` is called once reviews are accepted; `background` is work that goes on from the
    start until the end.
    """

    admission: Port
    operations: Port | None
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
        await lifecycle.wait_for_stop()
        lifecycle.phase = Phase.DRAINING
        self.admission.drain()
        await lifecycle.drain(self.shutdown.drain_seconds)
        lifecycle.phase = Phase.REFUSING
        self.admission.answer_with(_refuse)
        await self.admission.close(self.shutdown.shutdown_seconds)
        for task in tasks:
            task.cancel()
        if self.operations is not None:
            await self.operations.close(0)


async def _refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Send the caller to another replica: client-go tries again at once after such an answer."""
    headers = [CLOSE, (b"retry-after", b"0")]
    await send_status(send, 503, "this replica of leasegate is shutting down", headers)
