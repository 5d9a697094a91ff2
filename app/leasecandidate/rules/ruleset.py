"""Which rules act, and how: a profile, overrides, exemptions and settings, made ready to judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from pydantic import Field, model_validator

from app.leasecandidate.rules.ratchet import Ratchet
from app.leasecandidate.rules.registry import RULES, rule_named
from app.leasecandidate.rules.rule import Action, Rule, Violation, bounded
from app.leasecandidate.rules.settings import RuleSettings, StrictModel
from app.leasecandidate.rules.write import SERVER_USERNAME, WRITES, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.leasecandidate.field import FieldError


class Profile(StrEnum):
    """A named set of actions of the added rules. `observe` denies nothing: the way to adopt us."""

    BUILTIN = "builtin"
    OBSERVE = "observe"
    RECOMMENDED = "recommended"
    STRICT = "strict"


class Exemption(StrictModel):
    """Writes that some added rules do not judge. Each list that is given must match."""

    reason: str = Field(min_length=1, description="Why; shown in audit annotations.")
    rules: tuple[str, ...] = Field(default=(), description="Ids of added rules; empty means all.")
    namespaces: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if not (self.namespaces or self.users or self.groups):
            raise ValueError("an exemption must name namespaces, users or groups")
        for name in self.rules:
            if rule_named(name).built_in:
                raise ValueError(
                    f"nobody can be exempted from the built-in rule {name}: "
                    "kube-apiserver enforces it; remove it from the exemption"
                )
        return self

    def covers(self, rule: Rule, write: Write) -> bool:
        """Whether this rule does not judge this write."""
        return (
            (not self.rules or rule.id in self.rules)
            and (not self.namespaces or write.candidate.metadata.namespace in self.namespaces)
            and (not self.users or write.requester.username in self.users)
            and (not self.groups or any(group in write.requester.groups for group in self.groups))
        )


class RulesConfiguration(StrictModel):
    """The `rules:` part of the configuration file."""

    profile: Profile = Profile.RECOMMENDED
    actions: dict[str, Action] = Field(
        default_factory=dict, description="Actions of single added rules, by id."
    )
    exemptions: tuple[Exemption, ...] = ()
    settings: RuleSettings = RuleSettings()

    @model_validator(mode="after")
    def _knows_its_rules(self) -> Self:
        for name in self.actions:
            if rule_named(name).built_in:
                raise ValueError(
                    f"the built-in rule {name} cannot be given an action: "
                    "kube-apiserver enforces it; remove it from actions"
                )
        return self

    def action(self, rule: Rule) -> Action:
        """Return what a violation of `rule` leads to."""
        if rule.built_in:
            return Action.DENY
        if rule.id in self.actions:
            return self.actions[rule.id]
        match self.profile:
            case Profile.BUILTIN:
                return Action.OFF
            case Profile.OBSERVE:
                return _at_most_warn(rule.default_action)
            case Profile.RECOMMENDED:
                return rule.default_action
            case Profile.STRICT:
                return rule.strict_action


def _at_most_warn(action: Action) -> Action:
    return Action.WARN if action is Action.DENY else action


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was found in one write.

    `skipped` are ids of rules that could not judge it (no clock, siblings not known), `exempted`
    those that an exemption kept from it, each with the exemption's reason.
    """

    violations: tuple[Violation, ...] = ()
    skipped: tuple[str, ...] = ()
    exempted: tuple[tuple[str, str], ...] = ()


_NOTHING: Final = Evaluation()


class Ruleset:
    """A RulesConfiguration made ready to judge writes. Immutable; a reload makes a new one.

    `rules` are those that can act; `configuration` decides which of them do. `settings` are what
    they are told; a Write carries them. `uses_siblings` says whether any of those that do compares
    with the other candidates.
    """

    def __init__(self, configuration: RulesConfiguration, rules: Sequence[Rule] = RULES) -> None:
        self.configuration = configuration
        self.settings = configuration.settings
        acting = [
            (rule, action)
            for rule in rules
            if not rule.built_in and (action := configuration.action(rule)) is not Action.OFF
        ]
        self._added = {
            operation: Ratchet(
                (rule, action) for rule, action in acting if operation in rule.operations
            )
            for operation in WRITES
        }
        self._built_in = {
            operation: [rule for rule in rules if rule.built_in and operation in rule.operations]
            for operation in WRITES
        }
        self.uses_siblings = any(rule.needs_siblings for rule, _ in acting)

    def evaluate(
        self, write: Write, clock_is_trusted: Callable[[], bool] = lambda: True
    ) -> Evaluation:
        """Return what the rules find in `write`, in the order of the registry, each error once.

        So says kube-apiserver since 1.37 (apimachinery `field.ErrorList.ToAggregate`).

        `clock_is_trusted` says whether our clock and the server's agree; rules that compare with a
        wrong one only warn.
        """
        operation = write.operation
        found_first: dict[FieldError, Violation] = {}
        for violation in bounded(
            Violation(rule, error)
            for rule in self._built_in[operation]
            for error in rule.check(write)
        ):
            found_first.setdefault(violation.error, violation)
        violations = [*found_first.values()]
        exempted: list[tuple[str, str]] = []
        judging, skipped = self._added[operation].judging(write)
        for rule, action in judging:
            if not (found := tuple(rule.check(write))):
                continue
            if (exemption := self._exemption(rule, write)) is not None:
                exempted.append((rule.id, exemption.reason))
                continue
            effective = action
            if write.requester.username == SERVER_USERNAME or (
                rule.needs_clock and not clock_is_trusted()
            ):
                # A denial could stop elections.
                effective = _at_most_warn(action)
            violations.extend(Violation(rule, error, effective) for error in found)
        if not (violations or skipped or exempted):
            return _NOTHING
        return Evaluation(tuple(violations), skipped, tuple(exempted))

    def _exemption(self, rule: Rule, write: Write) -> Exemption | None:
        exemptions: Iterable[Exemption] = self.configuration.exemptions
        return next((entry for entry in exemptions if entry.covers(rule, write)), None)
