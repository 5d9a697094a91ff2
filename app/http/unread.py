"""How much of their answers all clients together may leave unread."""

from __future__ import annotations

from typing import Protocol


class Reader(Protocol):
    """A connection whose client should read."""

    def abort(self) -> None:
        """End it at once."""


class UnreadAnswers:
    """Knows the connections whose clients have not taken an answer yet.

    Beyond `limit` bytes, those end that have waited for longest.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes: dict[Reader, int] = {}
        self.total = 0

    def add(self, connection: Reader, number: int) -> None:
        """Count what a connection holds back."""
        self._bytes[connection] = self._bytes.get(connection, 0) + number
        self.total += number
        while self.total > self._limit:
            oldest = next(iter(self._bytes))
            self.remove(oldest)
            oldest.abort()

    def remove(self, connection: Reader) -> None:
        """Count a connection no more, if it was counted."""
        self.total -= self._bytes.pop(connection, 0)
