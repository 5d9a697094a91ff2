"""Ends the waiting of requests whose deadline has passed, with one timer for all of them.

`asyncio.timeout` makes and cancels a timer for each request, which almost none of them needs: the
body of a review is there when its header is.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

LOOK_SECONDS: Final = 0.1
"""So late a wait may end; what is kept back of a deadline is more."""


class DeadlineWatch:
    """The waits that are going on; its length is their number."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waits: dict[asyncio.Task[object], _Wait] = {}

    def __len__(self) -> int:
        return len(self._waits)

    def until(self, deadline: float) -> _Wait:
        """Return a context; TimeoutError where its task still waits in it after `deadline`."""
        return _Wait(self._waits, deadline)

    def look(self) -> None:
        """End the waits that are over."""
        now = self._clock()
        for task, wait in self._waits.items():
            if now >= wait.deadline and not wait.over:
                wait.over = True
                task.cancel()

    async def keep_looking(self) -> None:
        """Look again and again, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()


class _Wait:
    """A task's wait, as a context manager."""

    __slots__ = ("_task", "_waits", "deadline", "over")

    def __init__(self, waits: dict[asyncio.Task[object], _Wait], deadline: float) -> None:
        self._waits = waits
        self._task: asyncio.Task[object] | None = None
        self.deadline = deadline
        self.over = False

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        if self._task is not None:
            self._waits[self._task] = self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._task is None:
            return
        del self._waits[self._task]
        if self.over and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error
