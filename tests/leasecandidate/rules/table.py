"""The table of added rules: one module per family, as in the program. Its rows, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.leasecandidate.rules import ADDED_RULES, Rule
from tests.leasecandidate.rules import siblings, targets, times, versions

if TYPE_CHECKING:
    from tests.leasecandidate.rules.case import RuleCase

CASES = [*targets.CASES, *times.CASES, *versions.CASES, *siblings.CASES]
VIOLATIONS = [case for case in CASES if case.fields]
FIRST_VIOLATION = {case.rule: case for case in reversed(VIOLATIONS)}


def cases(selected: list[RuleCase]) -> list[Any]:
    """Return cases as parameters that are called by rule and sentence."""
    return [pytest.param(case, id=f"{case.rule}: {case.sentence}") for case in selected]


def each_rule(rules: tuple[Rule, ...] = ADDED_RULES) -> list[Any]:
    """Return rules as parameters that are called by their ids."""
    return [pytest.param(rule, id=rule.id) for rule in rules]
