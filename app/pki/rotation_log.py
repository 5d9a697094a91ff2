"""What a rotation did, for the log: dates and fingerprints, never keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from app.pki.rotation_terms import (
    AddAuthority,
    DropAuthorities,
    IssueLeaf,
    RestoreAuthorities,
    RestoreLeaf,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.pki.rotation_terms import Change, State

_SHOWN: Final = 12

_logger = structlog.stdlib.get_logger(__name__)


def log_changes(changes: Sequence[Change], state: State) -> None:
    """Write a record for each change that people may ask about; `state` is the one after it."""
    newest = state.newest.fingerprint[:_SHOWN] if state.newest is not None else ""
    for change in changes:
        match change:
            case AddAuthority():
                _logger.info("new CA", authority=newest)
            case IssueLeaf() if state.leaf is not None:
                _logger.info("leaf issued", leaf=state.leaf.fingerprint[:_SHOWN], authority=newest)
            case DropAuthorities(fingerprints):
                _logger.info("old CA dropped", authorities=_shortened(fingerprints))
            case RestoreAuthorities(authorities):
                names = frozenset(one.fingerprint for one in authorities)
                _logger.warning("CA taken up from a caBundle", authorities=_shortened(names))
            case RestoreLeaf(leaf):
                _logger.warning("leaf put back", leaf=leaf.fingerprint[:_SHOWN])
            case _:
                _logger.debug("Secret changed", change=type(change).__name__)


def _shortened(fingerprints: frozenset[str]) -> list[str]:
    return sorted(name[:_SHOWN] for name in fingerprints)
