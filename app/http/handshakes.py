"""The share of the event loop that TLS handshakes have.

A handshake costs as much as several reviews, and anybody can begin one. Without a bound, the loop
does nothing else while a thousand of them wait.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

_TURN_SECONDS: Final = 0.002
"""So long handshakes are gone on with before everybody else has as long."""


class Handshaking(Protocol):
    """A connection whose client has sent a part of the handshake."""

    address: str

    def shake_hands(self) -> None:
        """Go on with the handshake; this is what takes the time."""


class Handshakes:
    """Goes on with handshakes for at most half of the time.

    The addresses that wait take turns. Of one address the newest goes first: where there are more
    than can be done, those that have waited for long have given up, or never meant it.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[Handshaking]] = {}
        self._scheduled = False

    def add(self, connection: Handshaking) -> None:
        """Let a connection wait for its turn."""
        self._waiting.setdefault(connection.address, []).append(connection)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._take_turns)

    def _take_turns(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        while self._waiting:
            address = next(iter(self._waiting))
            connections = self._waiting.pop(address)
            connection = connections.pop()
            if connections:
                self._waiting[address] = connections
            connection.shake_hands()
            if loop.time() - started >= _TURN_SECONDS:
                break
        self._scheduled = bool(self._waiting)
        if self._scheduled:
            loop.call_later(loop.time() - started, self._take_turns)
