"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.leasecandidate.field import SHOWN_LIMIT, too_many

if TYPE_CHECKING:
    from app.leasecandidate.field import FieldError
    from app.leasecandidate.rules.twin import NoTwin, Twin
    from app.leasecandidate.rules.write import Write, WriteOperation

ELECTION_SOURCE: Final = "kubernetes pkg/controlplane/controller/leaderelection"

Check = Callable[["Write"], Iterable["FieldError"]]
"""A pure function that yields what is wrong with a write, in order."""


class Action(StrEnum):
    """What a violation leads to: the words of ValidatingAdmissionPolicy, and Off."""

    DENY = "Deny"
    WARN = "Warn"
    AUDIT = "Audit"
    OFF = "Off"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may not be written.

    `id` is kebab-case and stable for ever. A built-in rule is one that kube-apiserver enforces
    itself; it always denies, and looks at no time of the spec. An added rule has an action in each
    profile: `default_action` in `recommended`, `strict_action` in `strict`.

    `looks_at` are the attributes of a candidate that an added rule judges, dotted
    (`spec.renew_time`). An UPDATE that changes none of them is not judged: a defect that is stored
    already must not stop the heartbeats of its candidate (the ratchet).

    `needs_clock` marks rules that compare with our own clock; `needs_siblings` those that compare
    with the other live candidates of the lease.
    """

    id: str
    title: str
    why: str
    source: str
    operations: tuple[WriteOperation, ...]
    check: Check
    twin: Twin | NoTwin
    built_in: bool = False
    default_action: Action = Action.DENY
    strict_action: Action = Action.DENY
    looks_at: tuple[str, ...] = ()
    needs_clock: bool = False
    needs_siblings: bool = False


CAUSES_LIMIT: Final = 100
TEXT_LIMIT: Final = 64 * 1024
"""Causes of built-in rules in one denial, and characters of all of them. kube-apiserver never meets
these limits, since it sends only objects that passed its own validation. Without them, a client
that calls the webhook directly could have it build an answer many times the size of the request,
while others wait."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What one rule found in one field, and what follows from it."""

    rule: Rule
    error: FieldError
    action: Action = Action.DENY

    @property
    def message(self) -> str:
        """The text of the cause. An added rule names itself, since kubectl shows nothing else."""
        if self.rule.built_in:
            return self.error.message
        return f"{self.error.message} (leasegate rule {self.rule.id})"


def first_of(violations: Iterable[Violation]) -> list[Violation]:
    """Return each error once, up to CAUSES_LIMIT and TEXT_LIMIT, then one that stands for the rest.

    How many the rest are is not counted, since counting would cost as much as showing them.
    """
    found: dict[FieldError, Violation] = {}
    size = 0
    for number, violation in enumerate(violations):
        error = violation.error
        if number >= CAUSES_LIMIT or size > TEXT_LIMIT:
            more = too_many(error.field, len(found))
            found[more] = Violation(violation.rule, more)
            break
        found.setdefault(error, violation)
        size += min(len(error.shown), SHOWN_LIMIT) + len(error.detail)
    return [*found.values()]
