"""Reading the bodies of all reviews under limits: of size, of time and of memory for all together.

A body that is there with its header, as nearly every one is, meets none of them and pays nothing.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.server.body import FREE_SIZE, BodyReader, TooLarge, content
from app.server.body_memory import BodyMemory
from app.server.deadline import seconds_to_answer
from app.server.deadline_watch import DeadlineWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Receive, Scope

    from app.server.body import Body
    from app.server.limits import ReviewLimits


class Intake:
    """What all endpoints share. `clock` is in seconds and that of the event loop.

    TimeoutError, OverloadedError and ClientDisconnectedError say why a body could not be read.
    """

    def __init__(self, limits: ReviewLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.clock = clock
        self.watch = DeadlineWatch(clock)
        self._memory = BodyMemory(max(limits.memory_bytes, limits.body_bytes), limits.waiting)

    def deadline(self, scope: Scope) -> float:
        """Return until when a request must be answered, counted from when it arrived."""
        arrived: float | None = scope.get("state", {}).get("arrived")
        allowed = seconds_to_answer(scope["query_string"], self.limits.seconds)
        return (self.clock() if arrived is None else arrived) + allowed

    async def begin(
        self, scope: Scope, receive: Receive, declared_size: bytes, deadline: float
    ) -> Body | BodyReader:
        """Return the body, or its reader where it has more than its beginning.

        `declared_size` is what Content-Length says, empty where the body comes in chunks.
        """
        limit = self.limits.body_bytes
        if scope.get("state", {}).get("body_arrived", False):
            piece, _ = content(await receive())
            return piece if len(piece) <= limit else TooLarge(piece[:FREE_SIZE])
        with self.watch.until(min(deadline, self.clock() + self.limits.body_seconds)):
            size = int(declared_size) if declared_size.isdigit() else None
            reader = BodyReader(receive, limit, size)
            body = await reader.begin()
        return reader if body is None else body

    @asynccontextmanager
    async def rest(self, reader: BodyReader, deadline: float) -> AsyncIterator[Body]:
        """Yield the whole body, once there is memory for it; the memory is held in the context."""
        size = min(reader.size, self.limits.body_bytes)
        with self.watch.until(deadline):
            await self._memory.take(size)
        try:
            with self.watch.until(min(deadline, self.clock() + self.limits.body_seconds)):
                body = await reader.finish()
            yield body
        finally:
            self._memory.give_back(size)
