"""How much memory the bodies of all requests may take together.

A review has some kilobytes. Bodies near the limit are an accident or an attack, and without a bound
on their sum a few hundred connections fill any memory.
"""

from __future__ import annotations

import asyncio


class OverloadedError(Exception):
    """There is no memory for this body any more."""


class Reading:
    """A body that is being read, with what it has of the memory and the time that it may take."""

    __slots__ = ("shed", "size", "timeout")

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.timeout = timeout
        self.size = 0
        self.shed = False


class BodyMemory:
    """Shares out `total` bytes. Where they are not enough, the oldest body gives its share back.

    A client that means it sends its whole body at once; what has been read for longest is what
    comes slowly, or not at all.
    """

    def __init__(self, total: int) -> None:
        self._free = total
        self._readings: dict[Reading, None] = {}

    def __len__(self) -> int:
        return len(self._readings)

    def begin(self, timeout: asyncio.Timeout) -> Reading:
        """Begin to read a body; `timeout` surrounds that, and ends it where it is shed."""
        reading = Reading(timeout)
        self._readings[reading] = None
        return reading

    def take(self, reading: Reading, size: int) -> None:
        """Take `size` bytes more; OverloadedError where the reading itself is shed."""
        if reading.shed:
            raise OverloadedError
        reading.size += size
        self._free -= size
        while self._free < 0:
            oldest = next(iter(self._readings))
            self.end(oldest)
            oldest.shed = True
            if oldest is reading:
                raise OverloadedError
            if not oldest.timeout.expired():
                oldest.timeout.reschedule(asyncio.get_running_loop().time())

    def end(self, reading: Reading) -> None:
        """Give back what a reading has, if it still has it."""
        if self._readings.pop(reading, False) is None:
            self._free += reading.size
