"""No predicate of an added rule can be changed in one place without a case that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.leasecandidate.rules import Rule, siblings, targets, times, versions
from tests.leasecandidate.mutants import mutants
from tests.leasecandidate.rules.table import CASES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

# Changes that make no difference, since a rule is not asked about what it does not look at.
EQUIVALENT = {
    "renew_time_backwards: the condition always holds",  # it is asked about updates only
    "renew_time_backwards: GtE becomes Gt",  # it is not asked where renewTime is the same
}


def holds(rules: Sequence[Rule]) -> bool:
    """Whether all cases of these rules pass; a rule that ends in an exception passes none."""
    ids = {rule.id for rule in rules}
    try:
        return all(case.holds(rules) for case in CASES if case.rule in ids)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False


@pytest.mark.parametrize("module", [siblings, targets, times, versions])
def test_every_change_of_a_predicate_fails_a_case(module: ModuleType) -> None:
    changed = list(mutants(module))
    assert len(changed) > 10
    assert {what for what, rules in changed if holds(rules)} <= EQUIVALENT
