"""The rules that are in force, and how a changed file comes into force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from app.configuration.document import ConfigurationError, Document, read_document
from app.leasecandidate.rules import Ruleset
from app.reload import Reloader, ReloadObserver

if TYPE_CHECKING:
    from pathlib import Path

_logger = structlog.stdlib.get_logger(__name__)


class ConfigurationObserver(ReloadObserver, Protocol):
    """Records reloads, and which configuration is in force."""

    def configured(self, digest: str) -> None:
        """Record the digest of the configuration that is in force."""


class RulesInForce:
    """Holds the current Ruleset, which `reloader` replaces when the file, if any, changes."""

    def __init__(
        self, path: Path | None, document: Document, observer: ConfigurationObserver
    ) -> None:
        self._path = path
        self._observer = observer
        self._document = document
        self._ruleset = Ruleset(document.rules)
        self.reloader = Reloader("rules", "configuration", self._load, observer)
        observer.configured(document.digest)

    def begin(self) -> None:
        """Say what of the file this version does not know, and so was left out at the start.

        The reloader goes on to call that file one that cannot be used.
        """
        if self._document.left_out:
            _logger.warning(
                "rules or settings that this version does not know are left out",
                left_out=list(self._document.left_out),
            )
            self.reloader.refresh()

    def current(self) -> Ruleset:
        """Return the rules that are in force now."""
        return self._ruleset

    def _load(self) -> bool:
        if self._path is None:
            return False
        document, before = read_document(self._path), self._document
        if document.is_empty:
            raise ConfigurationError(
                f"{self._path} has become empty, which may be an accident; "
                "write `rules: {}` for the defaults"
            )
        if document.digest == before.digest:
            return False
        if document.process != before.process:
            _logger.warning("the process part changed; it takes effect with the next start")
        self._document = document
        self._ruleset = Ruleset(document.rules)
        self._observer.configured(document.digest)
        return True
