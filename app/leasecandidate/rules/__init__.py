"""What may be written: one registry of rules, and one module per family of them.

A rule looks at one `Write` and yields the field errors that it finds. To add one: write it in the
module of its family, list it in that module's `RULES`, and add its cases to the test table.
"""

from app.leasecandidate.rules.registry import (
    ADDED_RULES,
    BUILT_IN_RULES,
    RULES,
    UnknownRuleError,
    rule_named,
)
from app.leasecandidate.rules.rule import Action, Rule, Violation
from app.leasecandidate.rules.ruleset import (
    Evaluation,
    Exemption,
    Profile,
    RulesConfiguration,
    Ruleset,
)
from app.leasecandidate.rules.settings import RuleSettings
from app.leasecandidate.rules.write import Requester, Sibling, Write

__all__ = [
    "ADDED_RULES",
    "BUILT_IN_RULES",
    "RULES",
    "Action",
    "Evaluation",
    "Exemption",
    "Profile",
    "Requester",
    "Rule",
    "RuleSettings",
    "RulesConfiguration",
    "Ruleset",
    "Sibling",
    "UnknownRuleError",
    "Violation",
    "Write",
    "rule_named",
]
