"""The table of added rules: one module per family, as in the program."""

from tests.leasecandidate.rules import clock, siblings, targets, versions

CASES = [*targets.CASES, *clock.CASES, *versions.CASES, *siblings.CASES]
