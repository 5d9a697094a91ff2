"""Asking the built-in rules, and remembering about which updates they had nothing to say.

The heartbeats of a candidate do not differ in what these rules look at, so they are judged once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate.model import Attributes
from app.leasecandidate.rules.rule import Violation, bounded
from app.leasecandidate.rules.write import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.leasecandidate.rules.rule import Rule
    from app.leasecandidate.rules.write import Write

UPDATES: Final = 1024
LENGTH: Final = 2048
"""How many updates are remembered, and how many characters each may have; so memory is bounded."""

_compared: Final = (
    *("name", "namespace", "uid", "generation"),
    *("creation_timestamp", "deletion_timestamp", "deletion_grace_period_seconds"),
)
_collections: Final = ("labels", "annotations", "owner_references", "finalizers")
_new: Final = Attributes(*_collections, "resource_version", "generate_name", *_compared)
_old: Final = Attributes(*_compared)
_texts: Final = Attributes("lease_name", "binary_version", "emulation_version", "strategy")


class BuiltInRules:
    """Asks those of `rules` that are built in, in their order."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        built_in = [rule for rule in rules if rule.built_in]
        self._rules = {
            operation: tuple(rule for rule in built_in if operation in rule.operations)
            for operation in Operation
        }
        self._faultless: set[tuple[object, ...]] = set()

    def violations(self, write: Write) -> Sequence[Violation]:
        """Return what the rules find in `write`."""
        seen = _what_is_looked_at(write)
        if seen in self._faultless:
            return ()
        rules = self._rules[write.operation]
        found = [*bounded(Violation(rule, e) for rule in rules for e in rule.check(write))]
        if not found and seen is not None:
            self._remember(seen)
        return found

    def _remember(self, seen: tuple[object, ...]) -> None:
        if sum(len(value) for value in seen if isinstance(value, str)) > LENGTH:
            return
        if len(self._faultless) >= UPDATES:
            self._faultless.clear()
        self._faultless.add(seen)


def _what_is_looked_at(write: Write) -> tuple[object, ...] | None:
    """Return all that built-in rules look at in an update, None where there is more.

    That is where the candidate has labels and the like, which hardly any has. Of resourceVersion,
    which each update changes, they look at whether there is one.
    """
    new, old = write.candidate, write.old
    if old is None:
        return None
    labels, annotations, owners, finalizers, resource_version, *own = _new.of(new.metadata)
    if labels or annotations or owners or finalizers:
        return None
    return (
        resource_version != "",
        old.spec.lease_name,
        *own,
        *_old.of(old.metadata),
        *_texts.of(new.spec),
    )
