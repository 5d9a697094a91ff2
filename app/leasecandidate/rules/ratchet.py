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


class Judging(NamedTuple):
    """The added rules that judge a write, and the ids of those that know too little for it."""

    rules: tuple[ActingRule, ...]
    skipped: tuple[str, ...]


class Ratchet:
    """Selects from the added rules of one operation those that judge a write."""

    def __init__(self, rules: Iterable[ActingRule]) -> None:
        self._rules = tuple(rules)
        self._paths = sorted({path for acting in self._rules for path in acting.rule.looks_at})
        # With two more, which are not compared, there always is an attrgetter, of a tuple.
        self._values = attrgetter(*self._paths, "metadata", "spec")
        # At most one entry for each set of the few paths, times what may be missing.
        self._picked: dict[tuple[tuple[str, ...], tuple[bool, bool]], Judging] = {}

    def judging(self, write: Write) -> Judging:
        """Return the rules that look at what this write changes: all of them on CREATE."""
        new, old = write.candidate, write.old
        paths: Iterable[str] = self._paths
        if old is not None:
            paths = compress(paths, map(ne, self._values(new), self._values(old)))
        asked = tuple(paths), (write.siblings is None, write.now is None)
        if (judging := self._picked.get(asked)) is None:
            judging = self._picked[asked] = self._pick(*asked)
        return judging

    def _pick(self, paths: tuple[str, ...], missing: tuple[bool, bool]) -> Judging:
        looking = [
            acting for acting in self._rules if not set(paths).isdisjoint(acting.rule.looks_at)
        ]
        without_siblings, without_clock = missing
        skipped = [
            rule.id
            for rule, _ in looking
            if (rule.needs_siblings and without_siblings) or (rule.needs_clock and without_clock)
        ]
        able = (acting for acting in looking if acting.rule.id not in skipped)
        return Judging(tuple(able), tuple(skipped))
