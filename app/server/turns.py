"""The share of the event loop that large reviews have.

A hundred of them that arrive together would be decided one after the other, and nobody else be
answered meanwhile.
"""

from __future__ import annotations

import asyncio


class Turns:
    """Lets one after the other be decided, and everybody else for as long between two."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._next = 0.0

    async def take(self) -> None:
        """Return when it is the caller's turn, which lasts until it waits for something."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            await asyncio.sleep(self._next - loop.time())
            loop.call_soon(self._end, loop.time())

    def _end(self, began: float) -> None:
        now = asyncio.get_running_loop().time()
        self._next = now + (now - began)
