"""What may be written: one registry of rules, and one module per family of them.

A rule looks at one `Write` and yields the field errors that it finds. To add one: write it in the
module of its family, list it in that module's `RULES`, and add its cases to the test table.
"""

from app.leasecandidate.rules.registry import BUILT_IN_RULES, RULES
from app.leasecandidate.rules.rule import Operation, Rule, Violation, Write, evaluate

__all__ = ["BUILT_IN_RULES", "RULES", "Operation", "Rule", "Violation", "Write", "evaluate"]
