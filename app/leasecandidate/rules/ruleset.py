"""Which rules act, with which actions: profile, overrides, exemptions and settings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from app.leasecandidate.rules.ratchet import ActingRule, Ratchet
from app.leasecandidate.rules.registry import RULES, rule_named
from app.leasecandidate.rules.rule import Action, Rule, Violation, first_of
from app.leasecandidate.rules.settings import RuleSettings, StrictModel
from app.leasecandidate.rules.write import SERVER_USERNAME, WRITES, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Profile(StrEnum):
    """A named set of actions of the added rules. `observe` denies nothing, for a first rollout."""

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

    `skipped` are the ids of rules that could not judge it (no clock, siblings not known).
    `exempted` are the ids of rules that it violates but is exempt from, each with the reason that
    the exemption gives.
    """

    violations: tuple[Violation, ...] = ()
    skipped: tuple[str, ...] = ()
    exempted: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=64)
def _nothing(skipped: tuple[str, ...]) -> Evaluation:
    return Evaluation(skipped=skipped)


class Ruleset:
    """A RulesConfiguration prepared for judging writes. Immutable; a reload makes a new one.

    `configuration` decides which of `rules` act, and how. `settings` are the rules' parameters,
    which each Write carries. `uses_siblings` says whether an acting rule compares a candidate with
    its siblings.
    """

    def __init__(self, configuration: RulesConfiguration, rules: Sequence[Rule] = RULES) -> None:
        self.configuration = configuration
        self.settings = configuration.settings
        acting = [
            ActingRule(rule, action)
            for rule in rules
            if not rule.built_in and (action := configuration.action(rule)) is not Action.OFF
        ]
        self._added = {
            operation: Ratchet(each for each in acting if operation in each.rule.operations)
            for operation in WRITES
        }
        self._built_in = {
            operation: [rule for rule in rules if rule.built_in and operation in rule.operations]
            for operation in WRITES
        }
        self.uses_siblings = any(each.rule.needs_siblings for each in acting)

    def evaluate(
        self, write: Write, clock_is_trusted: Callable[[], bool] = lambda: True
    ) -> Evaluation:
        """Return what the rules find in `write`, in the order of the registry.

        An error that several built-in rules find is reported once, as kube-apiserver does since
        1.37 (apimachinery `field.ErrorList.ToAggregate`).

        `clock_is_trusted` says whether our clock agrees with the server's; where it does not, rules
        that compare with the clock only warn.
        """
        operation = write.operation
        violations = first_of(
            Violation(rule, error)
            for rule in self._built_in[operation]
            for error in rule.check(write)
        )
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
                # A denial by a wrong clock, or of the server's own write, could stop elections.
                effective = _at_most_warn(action)
            violations.extend(Violation(rule, error, effective) for error in found)
        if not (violations or exempted):
            return _nothing(skipped)
        return Evaluation(tuple(violations), skipped, tuple(exempted))

    def _exemption(self, rule: Rule, write: Write) -> Exemption | None:
        exemptions: Iterable[Exemption] = self.configuration.exemptions
        return next((entry for entry in exemptions if entry.covers(rule, write)), None)
