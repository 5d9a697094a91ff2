"""One row of the table of added rules, and short ways to write its writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.leasecandidate import LeaseCandidate, MicroTime
from app.leasecandidate.rules import (
    RULES,
    Action,
    Evaluation,
    Profile,
    Requester,
    Rule,
    RulesConfiguration,
    Ruleset,
    RuleSettings,
    Sibling,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = MicroTime.parse("2026-03-01T12:00:00.000000Z")
SERVER = Requester("system:apiserver", frozenset({"system:masters"}))

_VALID: dict[str, Any] = {
    "leaseName": "web",
    "binaryVersion": "1.33.0",
    "emulationVersion": "1.33.0",
    "strategy": "OldestEmulationVersion",
    "renewTime": str(NOW),
}


@dataclass(frozen=True, slots=True)
class RuleCase:
    """A write and the fields in which the rule finds a violation.

    `says` is a part of each message; several are for one message each.
    """

    rule: str
    sentence: str
    write: Write
    fields: tuple[str, ...] = ()
    says: str | tuple[str, ...] = ""

    def found(self, rules: Sequence[Rule] = RULES) -> Evaluation:
        """Return what the rule finds when no other one acts; `rules` may hold a changed one."""
        acting = [rule for rule in rules if rule.id == self.rule]
        configuration = RulesConfiguration(
            profile=Profile.BUILTIN, actions={self.rule: Action.DENY}, settings=self.write.settings
        )
        return Ruleset(configuration, acting).evaluate(self.write)

    def holds(self, rules: Sequence[Rule] = RULES) -> bool:
        """Whether the rule finds just what it should."""
        errors = [violation.error for violation in self.found(rules).violations]
        says = (self.says,) * len(errors) if isinstance(self.says, str) else self.says
        return tuple(error.field for error in errors) == self.fields and all(
            text in error.message for text, error in zip(says, errors, strict=True)
        )


def at(**offset: float) -> str:
    """Return the text of a time before or after NOW."""
    return str(NOW + timedelta(**offset))


def candidate(
    *,
    namespace: str = "default",
    finalizers: Sequence[str] = (),
    **spec: Any,  # noqa: ANN401  fields of any type
) -> LeaseCandidate:
    """Return a valid candidate with some fields of its spec changed; None leaves a field out."""
    fields = {name: value for name, value in (_VALID | spec).items() if value is not None}
    metadata = {
        "name": "web-1",
        "namespace": namespace,
        "resourceVersion": "1",
        "finalizers": list(finalizers),
    }
    return LeaseCandidate.from_wire({"metadata": metadata, "spec": fields})


def create(
    new: LeaseCandidate | None = None,
    *,
    by: Requester | str = "alice",
    siblings: tuple[Sibling, ...] | None = (),
    settings: RuleSettings | None = None,
    now: MicroTime | None = NOW,
    **spec: Any,  # noqa: ANN401  fields of any type
) -> Write:
    """Return a CREATE of a valid candidate with some fields of its spec changed."""
    return update(
        None, new or candidate(**spec), by=by, siblings=siblings, settings=settings, now=now
    )


def update(
    old: LeaseCandidate | None,
    new: LeaseCandidate,
    *,
    by: Requester | str = "alice",
    siblings: tuple[Sibling, ...] | None = (),
    settings: RuleSettings | None = None,
    now: MicroTime | None = NOW,
) -> Write:
    """Return an UPDATE from `old` to `new`."""
    return Write(
        new,
        old,
        requester=Requester(by) if isinstance(by, str) else by,
        now=now,
        siblings=siblings,
        settings=settings or RuleSettings(),
    )
