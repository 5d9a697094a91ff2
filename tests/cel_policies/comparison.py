"""What the rules find in a write, in Python and in the policies, as comparable sets of rule ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules import (
    ADDED_RULES,
    Action,
    Exemption,
    RulesConfiguration,
    RuleSettings,
)
from app.leasecandidate.rules.settings import ReservedLease
from app.leasecandidate.rules.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.leasecandidate.rules import Ruleset
    from tests.cel_policies.writes import Case

WITH_TWIN: Final = tuple(rule for rule in ADDED_RULES if isinstance(rule.twin, Twin))

_WARN: Final = {rule.id: Action.WARN for rule in ADDED_RULES}
_NAMED: Final = re.compile(r"\(leasegate rule ([a-z-]+)\)$")

DEFAULTS: Final = RulesConfiguration(actions=_WARN)
"""Every rule warns: a policy reports all the warnings of a write, but one denial only."""

CUSTOM: Final = RulesConfiguration(
    actions=_WARN,
    settings=RuleSettings(
        allowed_pingers=("restore", 'quo"te\\', "é\u2028"),
        reserved_leases=(
            ReservedLease(namespace="team-a", lease_name="example"),
            ReservedLease(namespace="default", lease_name="x*"),
            ReservedLease(namespace="kube-system", lease_name='Not_A_DNS "name*'),
        ),
        reserved_strategy_prefixes=("example.com", "a"),
        max_version_length=255,
        max_minor_version_gap=0,
    ),
    exemptions=(
        Exemption(reason="one tenant", rules=("version-gap",), namespaces=("team-a",)),
        Exemption(reason="restores", users=("restore",), namespaces=("default", "team-a")),
        Exemption(reason="trusted", rules=("version-changed",), groups=("team", "system:masters")),
    ),
)
EMPTY: Final = RulesConfiguration(
    actions=_WARN,
    settings=RuleSettings(reserved_leases=(), reserved_strategy_prefixes=()),
)
CONFIGURATIONS: Final = {"default": DEFAULTS, "custom": CUSTOM, "empty": EMPTY}


def found_by_rules(ruleset: Ruleset, case: Case) -> set[str]:
    """Return the ids of the rules with a twin that a write violates."""
    violations = ruleset.evaluate(case.write(ruleset.settings)).violations
    ids = {rule.id for rule in WITH_TWIN}
    return {violation.rule.id for violation in violations} & ids


def found_by_policies(messages: Iterable[str]) -> set[str]:
    """Return the ids that messages end in; a message without one is an AssertionError."""
    found = set()
    for message in messages:
        match = _NAMED.search(message)
        assert match is not None, message
        found.add(match[1])
    return found
