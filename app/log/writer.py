"""Writes log lines in the background, so that a slow reader of standard error delays nothing."""

from __future__ import annotations

import os
import select
import threading
from queue import SimpleQueue
from typing import Final

CAPACITY: Final = 1000
"""Lines that wait to be written; more are dropped."""


class RecordWriter:
    """Writes lines to the file descriptor from a thread of its own.

    A pipe that is full holds up this thread only, and one that nobody reads any more loses its
    lines. `dropped` is how many were lost.
    """

    def __init__(self, descriptor: int, capacity: int = CAPACITY) -> None:
        self._descriptor = descriptor
        self._capacity = capacity
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()
        self.dropped = 0

    def write(self, line: str) -> None:
        """Queue a line, without its end, to be written soon; never waits, never fails."""
        if self._lines.qsize() < self._capacity:
            self._lines.put(line)
        else:
            self.dropped += 1

    # The names that structlog calls a logger by, one for each level.
    debug = info = warning = error = critical = msg = write

    def close(self, seconds: float = 1.0) -> None:
        """Write what still waits, for at most so many seconds; what comes later is dropped."""
        self._capacity = 0
        self._lines.put(None)
        self._thread.join(seconds)

    def _work(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write_whole(line.encode("utf-8", "backslashreplace") + b"\n")
            except OSError:
                self.dropped += 1

    def _write_whole(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                # The parent process made the descriptor non-blocking.
                waiting = select.poll()
                waiting.register(self._descriptor, select.POLLOUT)
                waiting.poll()
