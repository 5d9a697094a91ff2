"""Reading the bodies of reviews under limits: of size, of time and of memory for all together.

A body that is there with its header, as nearly every one is, meets only the first.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.server.body_memory import BodyMemory, OverloadedError
from app.server.deadline import seconds_to_answer
from app.server.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Scope

    from app.server.body_memory import Reading
    from app.server.limits import ReviewLimits

START_BYTES: Final = 64 * 1024
"""So much is kept of a body over the limit: the names of a request stand in the first kilobyte that
kube-apiserver sends. And so much of any body has a time of its own."""


_ORDINARY_BYTES: Final = 1536
_LARGE_BYTES: Final = 8 * 1024
_LARGE_VALUES: Final = 200
"""What has more of either costs as much as many reviews, so it waits for its turn."""


class ClientDisconnectedError(Exception):
    """The client went away before its body was read."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A body over a limit: its beginning, for what can be told of it; the rest was not kept.

    `problem` goes on after "the review".
    """

    start: bytes
    problem: str


Body = bytes | bytearray | TooLarge


class BodyReader:
    """What all endpoints share. `clock` is in seconds and that of the event loop."""

    def __init__(self, limits: ReviewLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.clock = clock
        self._memory = BodyMemory(max(limits.memory_bytes, limits.body_bytes + START_BYTES))
        self._turns = Turns()

    def __len__(self) -> int:
        """Return how many bodies are being read."""
        return len(self._memory)

    def deadline(self, scope: Scope) -> float:
        """Return until when a request must be answered, counted from when it arrived."""
        arrived: float | None = scope.get("state", {}).get("arrived")
        allowed = seconds_to_answer(scope["query_string"], self.limits.seconds)
        return (self.clock() if arrived is None else arrived) + allowed

    async def read(
        self, scope: Scope, receive: Receive, declared_size: bytes, deadline: float
    ) -> Body:
        """Return the body, TooLarge where it has more bytes than the limit, or is to have them.

        `declared_size` is what Content-Length says, empty where the body comes in chunks.
        TimeoutError, OverloadedError and ClientDisconnectedError say why it could not be read. A
        large body is returned when it is its turn to be decided.
        """
        limit = self.limits.body_bytes
        if scope.get("state", {}).get("body_arrived", False):
            piece, _ = _content(await receive())
            if _is_large(piece):
                await self._turns.take()
            return piece if len(piece) <= limit else self._too_large(piece)
        size = int(declared_size) if declared_size.isdigit() else 0
        reading: Reading | None = None
        try:
            async with asyncio.timeout(self._seconds(deadline)) as timeout:
                reading = self._memory.begin(timeout)
                body = await self._read(receive, reading, deadline, too_large=size > limit)
                if isinstance(body, TooLarge) or _is_large(body):
                    timeout.reschedule(_loop_time() + deadline - self.clock())
                    await self._turns.take()
                return body
        except TimeoutError:
            if reading is not None and reading.shed:
                raise OverloadedError from None
            raise
        finally:
            if reading is not None:
                self._memory.end(reading)

    async def _read(
        self, receive: Receive, reading: Reading, deadline: float, *, too_large: bool
    ) -> Body:
        body, more = bytearray(), True
        keep = min(START_BYTES, self.limits.body_bytes)
        while more:
            piece, more = _content(await receive())
            body += piece
            if len(body) > (keep if too_large else self.limits.body_bytes):
                return self._too_large(body)
            self._memory.take(reading, len(piece))
            if len(body) > START_BYTES >= len(body) - len(piece):
                reading.timeout.reschedule(_loop_time() + self._seconds(deadline))
        if too_large:
            return self._too_large(body)
        if values(body) > self.limits.body_values:
            problem = f"has more than {self.limits.body_values} commas and brackets"
            return TooLarge(bytes(body[:START_BYTES]), problem)
        return body

    def _too_large(self, body: bytes | bytearray) -> TooLarge:
        problem = f"is larger than {self.limits.body_bytes} bytes"
        return TooLarge(bytes(body[:START_BYTES]), problem)

    def _seconds(self, deadline: float) -> float:
        return min(deadline - self.clock(), self.limits.body_seconds)


def values(body: bytes | bytearray) -> int:
    """Return how many values JSON has at most: it has no more than commas and brackets.

    Each takes time and a hundred bytes of memory, though it may be written in two.
    """
    return sum(map(body.count, (b",", b"[", b"{")))


def _is_large(body: bytes | bytearray) -> bool:
    return len(body) > _ORDINARY_BYTES and (
        len(body) > _LARGE_BYTES or values(body) > _LARGE_VALUES
    )


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def _content(message: Message) -> tuple[bytes, bool]:
    """Return a piece of the body, and whether there is more; else ClientDisconnectedError."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnectedError
    return message.get("body", b""), message.get("more_body", False)
