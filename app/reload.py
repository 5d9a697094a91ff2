"""Reloads files that change while the program runs; a bad version leaves the last good one."""

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
    """Reloads one thing at intervals.

    `load` puts the newest version in force and returns whether it changed; it raises a
    LeasegateError where the version cannot be used. It should compare content, not inodes or times:
    kubelet swaps a symbolic link above a mounted file. `what` names the thing in the metric, `name`
    in the log. `problem` says why the newest version is not in force, empty where it is.
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
        """Load once; the begin and the end of a problem are logged and counted."""
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
        """Load every `seconds`, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            self.refresh()
