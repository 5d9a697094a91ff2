"""Putting a changed file in force while the program runs; a bad one leaves the last good one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Callable

_logger = structlog.stdlib.get_logger(__name__)


class ReloadObserver(Protocol):
    """Counts reloads."""

    def reloaded(self, what: str, result: str) -> None:
        """Count a reload of `what`, with the result `success` or `failure`."""


class Reloader:
    """Looks at one thing again and again.

    `load` puts the newest version in force and returns whether it is another one than before; a
    LeasegateError says why it cannot be used. It compares content, not inodes or times: kubelet
    swaps a symbolic link above a mounted file. `what` is the metric's label, `name` the log's.
    `problem` says why the newest version is not in force, and is empty where it is.
    """

    def __init__(
        self, what: str, name: str, load: Callable[[], bool], observer: ReloadObserver
    ) -> None:
        self._what = what
        self._good, self._bad = f"{name} reloaded", f"{name} not reloaded"
        self._load = load
        self._observer = observer
        self.problem = ""

    def refresh(self) -> None:
        """Load once; a problem is logged and counted when it begins, and its end too."""
        try:
            changed = self._load()
        except LeasegateError as error:
            self.refuse(str(error))
            return
        recovered, self.problem = bool(self.problem), ""
        if changed or recovered:
            self._observer.reloaded(self._what, "success")
            _logger.info(self._good)

    def refuse(self, problem: str) -> None:
        """Log and count a problem that was found outside of `refresh`, such as at the start."""
        if problem != self.problem:
            self.problem = problem
            self._observer.reloaded(self._what, "failure")
            _logger.error(self._bad, problem=problem)

    async def keep_fresh(self, seconds: float) -> None:
        """Load every `seconds`, for ever."""
        while True:
            await asyncio.sleep(seconds)
            self.refresh()
