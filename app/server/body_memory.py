"""How much memory bodies may take together, and who waits for it.

A review has some kilobytes. Bodies near the limit are an accident or an attack, and without a bound
on their sum a few hundred connections fill any memory.
"""

from __future__ import annotations

import asyncio
from collections import deque


class OverloadedError(Exception):
    """There is no memory for one more body, and no place to wait for it."""


class BodyMemory:
    """`total` bytes are shared out; at most `places` requests wait, first come first served."""

    def __init__(self, total: int, places: int) -> None:
        self._free = total
        self._places = places
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def waiting(self) -> int:
        """The number of requests that wait."""
        return len(self._waiting)

    async def take(self, size: int) -> None:
        """Take `size` bytes, not more than the total, once they are free.

        OverloadedError where nobody else may wait.
        """
        if size <= self._free and not self._waiting:
            self._free -= size
            return
        if len(self._waiting) >= self._places:
            raise OverloadedError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting = deque(place for place in self._waiting if place[1] is not turn)
                self._serve()
            else:
                self.give_back(size)
            raise

    def give_back(self, size: int) -> None:
        """Give `size` bytes back, to whoever waits for them."""
        self._free += size
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            size, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= size
                turn.set_result(None)
