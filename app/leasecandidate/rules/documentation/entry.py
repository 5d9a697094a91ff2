"""Everything that is to be said of one rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from app.leasecandidate.rules import Profile
from app.leasecandidate.rules.twin import Twin

if TYPE_CHECKING:
    from app.leasecandidate.rules import Rule, RulesConfiguration


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be said of one rule under one configuration.

    `cel` is the twin's expression and `cel_message` what a policy says where it does not hold; both
    are empty where there is no twin, and `no_twin` says why. `differs` says where it differs.
    """

    rule: Rule
    action: str
    actions: dict[str, str]
    cel: str = ""
    cel_message: str = ""
    differs: str = ""
    no_twin: str = ""

    @property
    def operations(self) -> list[str]:
        """The operations that the rule judges."""
        return list(self.rule.operations)

    @property
    def fields(self) -> list[str]:
        """The fields that an added rule judges; an update that changes none is not judged."""
        return [".".join(map(to_camel, path.split("."))) for path in self.rule.looks_at]

    @property
    def needs(self) -> list[str]:
        """What else the rule has to know."""
        known = (
            (self.rule.needs_clock, "the time"),
            (self.rule.needs_siblings, "the other candidates of the lease"),
        )
        return [what for needed, what in known if needed]

    def to_json(self) -> dict[str, object]:
        """Return the entry as JSON."""
        return {
            "id": self.rule.id,
            "title": self.rule.title,
            "why": self.rule.why,
            "source": self.rule.source,
            "builtIn": self.rule.built_in,
            "operations": self.operations,
            "fields": self.fields,
            "needs": self.needs,
            "action": self.action,
            "actions": self.actions,
            "twin": {
                "expression": self.cel,
                "message": self.cel_message,
                "differs": self.differs,
            }
            if self.cel
            else None,
            "noTwin": self.no_twin or None,
        }


def entry(rule: Rule, configuration: RulesConfiguration) -> Entry:
    """Return what is to be said of a rule."""
    actions = {
        profile.value: configuration.model_copy(update={"profile": profile, "actions": {}})
        .action(rule)
        .value
        for profile in Profile
    }
    action = configuration.action(rule).value
    if isinstance(rule.twin, Twin):
        expression = rule.twin.expression(configuration.settings)
        twin = rule.twin
        return Entry(rule, action, actions, expression, twin.message, twin.exceptions)
    return Entry(rule, action, actions, no_twin=rule.twin.reason)
