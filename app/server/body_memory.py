"""A limit on the memory that the bodies of all requests take together.

A review has some kilobytes. Bodies near the size limit are an accident or an attack, and without a
limit on their sum a few hundred connections would fill any memory.
"""

from __future__ import annotations

import asyncio


class OverloadedError(Exception):
    """There is not enough memory for this body."""


class Reading:
    """A body that is being read: the bytes it holds, its timeout, and whether it was `shed`."""

    __slots__ = ("shed", "size", "timeout")

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.timeout = timeout
        self.size = 0
        self.shed = False


class BodyMemory:
    """Divides `total` bytes among bodies. Where they are not enough, the oldest body is shed.

    An honest client sends its whole body at once, so the body that has been read for longest is one
    that arrives slowly, or not at all.
    """

    def __init__(self, total: int) -> None:
        self._free = total
        # Used as a set that keeps the order of insertion: the oldest first.
        self._readings: dict[Reading, None] = {}

    def __len__(self) -> int:
        return len(self._readings)

    def begin(self, timeout: asyncio.Timeout) -> Reading:
        """Begin to read a body; `timeout` must surround the reading, and ends it if it is shed."""
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
        """Free the bytes of a reading; one that has ended already is left alone."""
        if reading in self._readings:
            del self._readings[reading]
            self._free += reading.size
