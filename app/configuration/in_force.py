"""The rules that are in force, and how a changed file comes into force."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from app.configuration.document import ConfigurationError, Document, read_document
from app.leasecandidate.rules import Ruleset

if TYPE_CHECKING:
    from pathlib import Path

_logger = structlog.stdlib.get_logger(__name__)


class ReloadObserver(Protocol):
    """Is told of each reload."""

    def reloaded(self, what: str, result: str) -> None:
        """Take note that `what` was read again, with the result `success` or `failure`."""

    def configured(self, digest: str) -> None:
        """Take note of the digest of the configuration that is in force."""


class NoReloadObserver:
    """Takes no note of anything."""

    def reloaded(self, what: str, result: str) -> None:
        """Do nothing."""

    def configured(self, digest: str) -> None:
        """Do nothing."""


class RulesInForce:
    """Holds the current Ruleset; a bad new file keeps the last good one.

    `problem` says why the newest file is not in force, and is empty where it is.
    """

    def __init__(self, path: Path | None, document: Document, observer: ReloadObserver) -> None:
        self._path = path
        self._observer = observer
        self._process = document.process
        self._digest = document.digest
        self._ruleset = Ruleset(document.rules)
        self.problem = ""
        observer.configured(document.digest)

    def current(self) -> Ruleset:
        """Return the rules that are in force now."""
        return self._ruleset

    def refresh(self) -> None:
        """Read the file again and put it in force, if its content has changed and is good."""
        if self._path is None:
            return
        try:
            document = read_document(self._path)
        except ConfigurationError as error:
            self._refuse(str(error))
            return
        if document.is_empty:
            self._refuse(
                f"{self._path} has become empty, which may be an accident; "
                "write `rules: {}` for the defaults"
            )
            return
        recovered, self.problem = bool(self.problem), ""
        if document.digest == self._digest and not recovered:
            return
        if document.process != self._process:
            _logger.warning("the process part changed; it takes effect with the next start")
            self._process = document.process
        self._digest = document.digest
        self._ruleset = Ruleset(document.rules)
        _logger.info("configuration reloaded", digest=document.digest[:12])
        self._observer.reloaded("rules", "success")
        self._observer.configured(document.digest)

    def _refuse(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            _logger.error("configuration not reloaded", problem=problem)
            self._observer.reloaded("rules", "failure")

    async def keep_fresh(self, seconds: float) -> None:
        """Look at the file again and again, for ever.

        Content is compared, not inodes: kubelet swaps a symbolic link above a mounted ConfigMap.
        """
        while self._path is not None:
            await asyncio.sleep(seconds)
            self.refresh()
