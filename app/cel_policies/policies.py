"""All policies of a configuration, and what could not become one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.cel_policies.kube_version import MUTATING_ADMISSION_POLICY, KubeVersion
from app.cel_policies.lease_holder import lease_holder_policy
from app.cel_policies.mutating import mutating_binding, mutating_policy
from app.cel_policies.scope import EVERYWHERE, NamespaceScope
from app.cel_policies.validating import validating_binding, validating_policy
from app.leasecandidate.rules import ADDED_RULES, Action
from app.leasecandidate.rules.twin import NoTwin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from app.cel_policies.manifest import Manifest
    from app.leasecandidate.rules import Rule, RulesConfiguration

RESERVED_RULE: Final = "reserved-target"
"""The rule with a policy of its own: what it protects lies where webhooks are not called."""


class Part(StrEnum):
    """A policy and its binding; the object names are the full name, a hyphen and `suffix`."""

    RESERVED = "reserved"
    DENY = "deny"
    WARN = "warn"
    AUDIT = "audit"
    MUTATE = "mutate"
    LEASE_HOLDER = "lease-holder"

    @property
    def suffix(self) -> str:
        """What the names of its objects end in."""
        return "strip-v" if self is Part.MUTATE else self.value


_MUTATING: Final = {
    Part.MUTATE: ("the policy that strips a leading v", "let the mutating webhook do it"),
    Part.LEASE_HOLDER: (
        "the policy that gives Leases a holder",
        "let the webhook deny what the rule strategy-takeover finds",
    ),
}
"""The parts that are MutatingAdmissionPolicies: what each is, and what to do without it."""


@dataclass(frozen=True, slots=True)
class Omission:
    """What was left out, and why."""

    subject: str
    reason: str

    def __str__(self) -> str:
        return f"left out {self.subject}: {self.reason}"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Policies and bindings in the order in which they should be applied."""

    manifests: tuple[Manifest, ...]
    omissions: tuple[Omission, ...]


def policies(
    configuration: RulesConfiguration,
    kube_version: KubeVersion,
    *,
    fullname: str = "leasegate",
    scope: NamespaceScope = EVERYWHERE,
    parts: Collection[Part] = tuple(Part),
) -> PolicySet:
    """Return the policies that say what the rules say under `configuration`.

    The parts reserved and lease-holder cover every namespace, whatever `scope` says.
    """
    manifests: list[Manifest] = []
    omissions: list[Omission] = []
    for part in (part for part in Part if part in parts):
        name = f"{fullname}-{part.suffix}"
        if part in _MUTATING:
            if kube_version < MUTATING_ADMISSION_POLICY:
                omissions.append(_no_mutating_policy(part, kube_version))
            elif part is Part.MUTATE:
                manifests += (mutating_policy(name), mutating_binding(name, scope))
            else:
                manifests += (lease_holder_policy(name), mutating_binding(name, EVERYWHERE))
            continue
        rules = list(_rules(part, configuration))
        omissions.extend(
            Omission(f"rule {rule.id} ({configuration.action(rule)})", rule.twin.reason)
            for rule in rules
            if isinstance(rule.twin, NoTwin)
        )
        if rules := [rule for rule in rules if not isinstance(rule.twin, NoTwin)]:
            action = configuration.action(rules[0])
            where = EVERYWHERE if part is Part.RESERVED else scope
            manifests += (
                validating_policy(name, action, rules, configuration),
                validating_binding(name, action, where),
            )
    return PolicySet(tuple(manifests), tuple(omissions))


def _rules(part: Part, configuration: RulesConfiguration) -> Iterator[Rule]:
    """Yield the acting rules that belong to a part, in the order of the registry."""
    for rule in ADDED_RULES:
        action = configuration.action(rule)
        if action is Action.OFF:
            continue
        if part is (Part.RESERVED if rule.id == RESERVED_RULE else Part(action.lower())):
            yield rule


def _no_mutating_policy(part: Part, kube_version: KubeVersion) -> Omission:
    subject, remedy = _MUTATING[part]
    return Omission(
        subject,
        f"MutatingAdmissionPolicy v1 comes with Kubernetes {MUTATING_ADMISSION_POLICY}; "
        f"with {kube_version} {remedy}",
    )
