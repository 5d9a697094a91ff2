"""The ratchet: an added rule does not judge an UPDATE that changes nothing of what it looks at."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.leasecandidate.rules.rule import Action, Rule
    from app.leasecandidate.rules.write import Write


class ActingRule(NamedTuple):
    """An added rule, and what a violation of it leads to."""

    rule: Rule
    action: Action


class Ratchet:
    """Selects from the added rules of one operation those that judge a write."""

    def __init__(self, rules: Iterable[ActingRule]) -> None:
        self._rules = tuple(rules)
        paths = {path for acting in self._rules for path in acting.rule.looks_at}
        self._attributes = {path: attrgetter(path) for path in paths}

    def judging(self, write: Write) -> tuple[ActingRule, ...]:
        """Return the rules that look at what this write changes: all of them on CREATE."""
        new, old = write.candidate, write.old
        if old is None:
            return self._rules
        changed = {path for path, value in self._attributes.items() if value(new) != value(old)}
        return tuple(each for each in self._rules if not changed.isdisjoint(each.rule.looks_at))
