"""Restarts background work that ends, and logs and counts that."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from app.cluster.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Work = Callable[[], Coroutine[None, None, None]]

_LIVED_SECONDS: Final = 120.0
"""Work that has run for so long counts as recovered, as in client-go's reflector."""

_logger = structlog.stdlib.get_logger(__name__)


class Supervisor:
    """Runs work that should never end, each under a name of its own.

    Without it, nobody would notice work that has ended: the replica would go on with old data.
    `on_failure` is called with the name of work that ended. A failure does not make the replica
    unready, since the other replicas probably have the same; `note` reports it for /readyz.
    """

    def __init__(
        self,
        on_failure: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self._on_failure = on_failure
        self._clock = clock
        self._backoff = backoff
        self._failing: dict[str, str] = {}

    def keep(self, name: str, work: Work) -> Work:
        """Return work that goes on until it is cancelled, whatever happens to `work`."""

        async def run() -> None:
            backoff = self._backoff()
            while True:
                started = self._clock()
                try:
                    await self._attempt(name, work)
                    problem = "it ended by itself"
                    _logger.error("background task ended", task=name)
                except Exception as error:
                    problem = " ".join(f"{type(error).__name__}: {error}".split())
                    _logger.exception("background task failed", task=name)
                self._on_failure(name)
                if self._clock() - started >= _LIVED_SECONDS:
                    backoff.reset()
                since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                self._failing[name] = f"{name} failed at {since} and is begun again ({problem})"
                await asyncio.sleep(backoff.next())

        return run

    async def _attempt(self, name: str, work: Work) -> None:
        """Run the work once; after _LIVED_SECONDS its earlier failure is not reported any more."""
        loop = asyncio.get_running_loop()
        recovered = loop.call_later(_LIVED_SECONDS, self._failing.pop, name, None)
        try:
            await work()
        finally:
            recovered.cancel()

    def note(self) -> str:
        """Return what has failed in the last minutes, the empty string where nothing has."""
        return "; ".join(self._failing.values())
