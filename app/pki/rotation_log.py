"""What a rotation did, for the log: fingerprints, never keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from app.pki.rotation_state import Add, Drop, Mark, shortened

if TYPE_CHECKING:
    from app.pki.rotation import Plan
    from app.pki.rotation_state import State


_logger = structlog.stdlib.get_logger(__name__)


def log_changes(decided: Plan, state: State) -> None:
    """Write a record for each change that people may ask about; `state` is the one after it."""
    for change in decided.changes:
        match change:
            case Add(authority):
                _logger.warning(
                    "CA taken up from a caBundle", authorities=[shortened(authority.fingerprint)]
                )
            case Mark(fingerprint, True):
                _logger.info("CA signs from now on", authority=shortened(fingerprint))
            case Mark(fingerprint):
                _logger.warning("CA must be propagated again", authority=shortened(fingerprint))
            case Drop(fingerprints):
                _logger.info("old CA dropped", authorities=sorted(map(shortened, fingerprints)))
            case _:
                _logger.debug("Secret changed", change=type(change).__name__)
    if decided.add and state.newest is not None:
        _logger.info("new CA", authority=shortened(state.newest.fingerprint))
