"""Each rule and its twin agree: the same generated writes, in Python and as a policy in CEL."""

from __future__ import annotations

import re
from collections import Counter
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from app.cel_policies import KubeVersion, policies
from app.cel_policies.variables import VARIABLES
from app.leasecandidate.rules import Ruleset
from app.leasecandidate.rules.twin import Twin
from tests.cel_policies import cel, writes
from tests.cel_policies.comparison import (
    CONFIGURATIONS,
    DEFAULTS,
    WITH_TWIN,
    found_by_policies,
    found_by_rules,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate.rules import Rule, RulesConfiguration
    from tests.cel_policies.writes import Case

CASES: Final = 1000
RULES: Final = [pytest.param(rule, id=rule.id) for rule in WITH_TWIN]
_TURNS: Final = (
    *((r"\|\|", "&&"), ("&&", "||"), ("==", "!="), ("!=", "=="), ("<=", ">"), (">=", "<")),
    (r"!(?![=])", ""),
)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    random = Random(20260102)  # noqa: S311  a seed, not a secret
    stored = [writes.create(random) for _ in range(CASES // 2)]
    return [*stored, *(writes.update(random, random.choice(stored)) for _ in range(CASES // 2))]


@pytest.mark.parametrize(
    "configuration", [pytest.param(value, id=key) for key, value in CONFIGURATIONS.items()]
)
def test_rules_and_policies_find_the_same(
    cases: list[Case], configuration: RulesConfiguration
) -> None:
    ruleset = Ruleset(configuration)
    made = policies(configuration, KubeVersion(36)).manifests
    validating = cel.kinds(made, "ValidatingAdmissionPolicy")
    for case in cases:
        messages = [message for policy in validating for message in cel.messages(policy, case)]
        expected = found_by_rules(ruleset, case)
        assert found_by_policies(messages) == expected, case
        assert {rule for policy in validating for rule in cel.audited(policy, case)} == expected


def test_the_writes_violate_and_keep_every_rule(cases: list[Case]) -> None:
    ruleset = Ruleset(DEFAULTS)
    counts = Counter(rule for case in cases for rule in found_by_rules(ruleset, case))
    assert {rule.id for rule in WITH_TWIN} == set(counts)
    assert min(counts.values()) >= 10
    assert max(counts.values()) <= CASES - 10


def test_the_writes_pass_built_in_validation(cases: list[Case]) -> None:
    assert all(map(writes.passes_built_in_validation, cases))


def turned_around(expression: str) -> Iterator[str]:
    yield f"!({expression})"
    for pattern, replacement in _TURNS:
        for match in re.finditer(pattern, expression):
            yield expression[: match.start()] + replacement + expression[match.end() :]


def finds_nothing(rule: Rule, case: Case) -> bool:
    """Say what the expression of the rule's twin should be."""
    write = case.write(DEFAULTS.settings)
    look = attrgetter(*rule.looks_at)
    is_unchanged = write.old is not None and look(write.candidate) == look(write.old)
    return write.operation not in rule.operations or is_unchanged or not list(rule.check(write))


def first_difference(expression: str, expected: list[tuple[Case, bool]]) -> Case | None:
    for case, finds_none in expected:
        values = cel.values_of(case)
        values["variables"] = variables = dict[str, object]()
        for name, variable in VARIABLES.items():
            variables[name] = cel.evaluate(variable, values)
        try:
            same = cel.evaluate(expression, values) is finds_none
        except RuntimeError:
            same = False
        if not same:
            return case
    return None


@pytest.mark.parametrize("rule", RULES)
def test_no_part_of_a_twin_can_be_turned_around_unnoticed(rule: Rule, cases: list[Case]) -> None:
    expected = [(case, finds_nothing(rule, case)) for case in cases]
    assert isinstance(rule.twin, Twin)
    expression = rule.twin.expression(DEFAULTS.settings)
    assert first_difference(expression, expected) is None
    unnoticed = [
        turned for turned in turned_around(expression) if first_difference(turned, expected) is None
    ]
    assert unnoticed == []


@pytest.mark.parametrize("rule", RULES)
def test_no_predicate_can_be_turned_around_unnoticed(rule: Rule, cases: list[Case]) -> None:
    expected = [(case, not finds_nothing(rule, case)) for case in cases]
    assert isinstance(rule.twin, Twin)
    assert first_difference(rule.twin.expression(DEFAULTS.settings), expected) is not None


@pytest.mark.parametrize("rule", RULES)
def test_a_message_is_one_line_that_fits_into_a_warning(rule: Rule) -> None:
    assert isinstance(rule.twin, Twin)
    name = "leasegate-warn"
    prefix = f"Validation failed for ValidatingAdmissionPolicy '{name}' with binding '{name}': "
    whole = f"{prefix}{rule.twin.message} (leasegate rule {rule.id})"
    assert whole.isprintable()
    assert len(whole) <= 256
