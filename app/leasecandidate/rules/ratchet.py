"""The ratchet: an added rule does not judge an UPDATE that changes nothing of what it looks at."""

from __future__ import annotations

from itertools import compress
from operator import attrgetter, ne
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
        self._paths = sorted({path for acting in self._rules for path in acting.rule.looks_at})
        # With two more, which are not compared, there always is an attrgetter, of a tuple.
        self._values = attrgetter(*self._paths, "metadata", "spec")
        self._judging: dict[tuple[str, ...], tuple[ActingRule, ...]] = {}

    def judging(self, write: Write) -> tuple[ActingRule, ...]:
        """Return the rules that look at what this write changes: all of them on CREATE."""
        new, old = write.candidate, write.old
        if old is None:
            return self._rules
        changed = tuple(compress(self._paths, map(ne, self._values(new), self._values(old))))
        if (judging := self._judging.get(changed)) is None:
            # At most one entry for each set of the few paths.
            judging = self._judging[changed] = tuple(
                each for each in self._rules if not set(changed).isdisjoint(each.rule.looks_at)
            )
        return judging
