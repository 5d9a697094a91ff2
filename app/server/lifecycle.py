"""The phases of the server, and the signals that move it from one to the next."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class Phase(Enum):
    """Where the server is in its life."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    REFUSING = "refusing"


class Lifecycle:
    """The phase of the server, and the request to end it.

    The first SIGTERM drains, the first SIGINT, which is a person at a terminal, skips the drain.
    Any second signal ends the process at once, with the exit code that a shell gives such an end.
    """

    def __init__(self) -> None:
        self.phase = Phase.STARTING
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._asked_by = "stop"
        self._hurry = asyncio.Event()

    def not_listening(self) -> str | None:
        """Readiness check: the server accepts reviews."""
        return "the server is still starting" if self.phase is Phase.STARTING else None

    def shutting_down(self) -> str | None:
        """Readiness check: the server has not been asked to end."""
        if self.phase in (Phase.DRAINING, Phase.REFUSING):
            return "the server is shutting down"
        return None

    def attach(self) -> None:
        """Watch for signals in the running event loop, where Python can: in its main thread."""
        self._loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            self._loop.add_signal_handler(signal.SIGTERM, self._on_signal, signal.SIGTERM)
            self._loop.add_signal_handler(signal.SIGINT, self._on_signal, signal.SIGINT)

    def stop(self, *, hurry: bool = False) -> None:
        """Ask the server to end; may be called from any thread, `hurry` skips the drain."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(partial(self._request, hurry=hurry))

    async def wait_for_stop(self) -> str:
        """Wait until the server is asked to end; return by what: the signal's name, or `stop`."""
        await self._stop.wait()
        return self._asked_by

    async def drain(self, seconds: float) -> None:
        """Return after `seconds`, or as soon as the drain is skipped."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            return

    def _on_signal(self, received: signal.Signals) -> None:
        self._asked_by = received.name
        self._request(hurry=received is signal.SIGINT)
        for number in (signal.SIGTERM, signal.SIGINT):
            # In Python, not as the kernel's default action: that does nothing to process 1.
            signal.signal(number, _exit_at_once)

    def _request(self, *, hurry: bool) -> None:
        self._stop.set()
        if hurry:
            self._hurry.set()


def end_at_once_on_sigterm() -> None:
    """Make SIGTERM end the process from now on, until a Lifecycle is attached.

    The first process of a container has no default action: a SIGTERM that it does not handle is
    lost, and the container is killed only at the end of its grace period.
    """
    signal.signal(signal.SIGTERM, _exit_at_once)


def _exit_at_once(number: int, _frame: FrameType | None) -> None:
    sys.stderr.flush()
    os._exit(128 + number)
