"""The one list of rules. Its order is the order of causes in a denial."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from app.errors import LeasegateError
from app.leasecandidate.rules import (
    metadata,
    siblings,
    specification,
    targets,
    times,
    versions,
)

if TYPE_CHECKING:
    from app.leasecandidate.rules.rule import Rule

BUILT_IN_RULES: Final[tuple[Rule, ...]] = (*metadata.RULES, *specification.RULES)
"""The rules that kube-apiserver itself enforces, in the order in which it reports them."""

ADDED_RULES: Final[tuple[Rule, ...]] = (
    *targets.RULES,
    *times.RULES,
    *versions.RULES,
    *siblings.RULES,
)
"""Rules of our own: what kube-apiserver lets through and an election does not survive."""

RULES: Final[tuple[Rule, ...]] = (*BUILT_IN_RULES, *ADDED_RULES)
"""Every rule there is."""


class UnknownRuleError(LeasegateError, ValueError):
    """An id that no rule has; the text names the nearest one, if any is near."""


def rule_named(rule_id: str) -> Rule:
    """Return the rule with this id."""
    for rule in RULES:
        if rule.id == rule_id:
            return rule
    nearest = get_close_matches(rule_id, [rule.id for rule in RULES], n=1)
    meant = f"; did you mean {nearest[0]!r}?" if nearest else "; 'leasegate rules' lists them"
    raise UnknownRuleError(f"there is no rule {rule_id!r}{meant}")
