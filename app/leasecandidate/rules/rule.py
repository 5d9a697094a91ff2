"""What a rule is, what it looks at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.leasecandidate.field import FieldError
    from app.leasecandidate.spec import LeaseCandidate


class Operation(StrEnum):
    """The operations that write a candidate; no rule looks at any other."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a candidate: what shall be stored, and what is stored now (None on CREATE)."""

    candidate: LeaseCandidate
    old: LeaseCandidate | None = None

    @property
    def operation(self) -> Operation:
        """CREATE where nothing is stored yet, else UPDATE."""
        return Operation.CREATE if self.old is None else Operation.UPDATE


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may not be written.

    `id` is kebab-case and stable for ever; `check` is pure and yields its findings in order.
    """

    id: str
    title: str
    why: str
    source: str
    check: Callable[[Write], Iterable[FieldError]]
    operations: tuple[Operation, ...] = (Operation.CREATE, Operation.UPDATE)
    built_in: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """What one rule found in one field."""

    rule: Rule
    error: FieldError


def evaluate(write: Write, rules: Iterable[Rule]) -> list[Violation]:
    """Return everything that `rules` find in `write`, in the order of the rules."""
    operation = write.operation
    return [
        Violation(rule, error)
        for rule in rules
        if operation in rule.operations
        for error in rule.check(write)
    ]
