"""The twin of a rule: the same predicate in CEL, for policies that run inside kube-apiserver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.leasecandidate.rules.settings import RuleSettings


@dataclass(frozen=True, slots=True)
class Twin:
    """A CEL expression that is true where the rule finds nothing, and the message where it is not.

    Both may depend on the settings. The expression may use the variables of
    `cel_policies/variables.py`: `variables.isUpdate`; `leaseName`, `binaryVersion`,
    `emulationVersion`, `strategy`, `pingTime` and `renewTime` (strings, empty where absent or
    null); the same of the stored object with `old` before them (`variables.oldRenewTime`); and
    `binaryVersionParts` and `emulationVersionParts`, split at the dots. It must include the
    ratchet.

    `exceptions` says for which inputs it differs from the predicate, if there are any.
    """

    expression: Callable[[RuleSettings], str]
    message: str
    exceptions: str = ""


@dataclass(frozen=True, slots=True)
class NoTwin:
    """Why a rule cannot be said in CEL."""

    reason: str


BUILT_IN = NoTwin("kube-apiserver enforces it itself, before any policy runs")
NO_CLOCK = NoTwin("CEL has no clock")
NO_SIBLINGS = NoTwin("CEL sees one object, not the other candidates of the lease")


def twin(expression: str, message: str, *, exceptions: str = "") -> Twin:
    """Return a twin whose expression does not depend on the settings."""
    return Twin(lambda _settings: expression, message, exceptions)
