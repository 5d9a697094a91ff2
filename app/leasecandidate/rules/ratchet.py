"""The ratchet: an added rule does not judge an UPDATE that changes nothing of what it looks at."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from app.leasecandidate.model import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.leasecandidate.rules.rule import Action, Rule
    from app.leasecandidate.rules.write import Write

Acting = tuple["Rule", "Action"]
"""An added rule, and what a violation of it leads to."""


class Ratchet:
    """Picks of the added rules of one operation those that judge a write."""

    def __init__(self, rules: Iterable[Acting]) -> None:
        self._rules = tuple(rules)
        paths = {path for rule, _ in self._rules for path in rule.looks_at}
        self._metadata = _below("metadata.", paths)
        self._spec = _below("spec.", paths)
        self._picked: dict[tuple[bool, ...], tuple[Acting, ...]] = {}

    def judging(self, write: Write) -> tuple[Acting, ...]:
        """Return the rules that look at what this write changes: all of them on CREATE."""
        new, old = write.candidate, write.old
        if old is None or not self._rules:
            return self._rules
        differs = (
            *self._metadata.differences(new.metadata, old.metadata),
            *self._spec.differences(new.spec, old.spec),
        )
        # Few sets of changes occur, and nearly always the one of a heartbeat.
        if (picked := self._picked.get(differs)) is None:
            picked = self._picked[differs] = self._pick(differs)
        return picked

    def _pick(self, differs: tuple[bool, ...]) -> tuple[Acting, ...]:
        paths = [f"metadata.{name}" for name in self._metadata.names]
        paths += [f"spec.{name}" for name in self._spec.names]
        changed = set(compress(paths, differs))
        return tuple(
            (rule, action) for rule, action in self._rules if not changed.isdisjoint(rule.looks_at)
        )


def _below(part: str, paths: Iterable[str]) -> Attributes:
    names = sorted(path.removeprefix(part) for path in paths if path.startswith(part))
    return Attributes(*names)
