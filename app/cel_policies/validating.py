"""A ValidatingAdmissionPolicy and its binding, from the twins of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.cel_policies.exemptions import exemption_variables, with_exemptions
from app.cel_policies.manifest import Manifest, manifest
from app.cel_policies.scope import MATCH_CONSTRAINTS, NamespaceScope
from app.cel_policies.variables import VARIABLES, used_by
from app.leasecandidate.rules import Action
from app.leasecandidate.rules.twin import Twin
from app.leasecandidate.rules.write import SERVER_USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.leasecandidate.rules import Rule, RulesConfiguration

_VALIDATION_ACTIONS: Final = {
    Action.DENY: ["Deny"],
    Action.WARN: ["Warn", "Audit"],
    Action.AUDIT: ["Audit"],
}
# A policy cannot be unreachable as a webhook can. It fails only for an object so large that the
# cost limit of CEL is exceeded, and such an object must not get past a policy that denies.
_FAILURE_POLICY: Final = {Action.DENY: "Fail", Action.WARN: "Ignore", Action.AUDIT: "Ignore"}

_NOT_THE_SERVER: Final = {
    "name": "not-kube-apiserver-itself",
    "expression": f"request.userInfo.username != '{SERVER_USERNAME}'",
}


def validating_policy(
    name: str, action: Action, rules: Sequence[Rule], configuration: RulesConfiguration
) -> Manifest:
    """Return the policy of rules that all have one action; each must have a twin.

    A policy that denies leaves out the writes of kube-apiserver itself. Of several violations the
    server reports one denial, and one failure in the audit log; an annotation there has them all.
    """
    with_twin = [(rule, rule.twin) for rule in rules if isinstance(rule.twin, Twin)]
    validations = [
        {
            "expression": f"variables.{_passes(rule)}",
            "message": f"{twin.message} (leasegate rule {rule.id})",
            "reason": "Invalid",
        }
        for rule, twin in with_twin
    ]
    declared = {
        **VARIABLES,
        **exemption_variables(configuration),
        **{
            _passes(rule): with_exemptions(
                rule, twin.expression(configuration.settings), configuration
            )
            for rule, twin in with_twin
        },
    }
    return manifest(
        "ValidatingAdmissionPolicy",
        name,
        {
            "failurePolicy": _FAILURE_POLICY[action],
            "matchConstraints": MATCH_CONSTRAINTS,
            **({"matchConditions": [_NOT_THE_SERVER]} if action is Action.DENY else {}),
            "variables": used_by([entry["expression"] for entry in validations], declared),
            "validations": validations,
            **({"auditAnnotations": [_violations(with_twin)]} if len(with_twin) > 1 else {}),
        },
    )


def _passes(rule: Rule) -> str:
    """Return the name of the variable that is true where a rule finds nothing."""
    return f"passes{rule.id.title().replace('-', '')}"


def _violations(rules: Iterable[tuple[Rule, Twin]]) -> dict[str, str]:
    """Return the annotation with the ids of the violated rules; an empty one is not published."""
    ids = ", ".join(f"variables.{_passes(rule)} ? '' : '{rule.id}'" for rule, _ in rules)
    return {
        "key": "violations",
        "valueExpression": f"[{ids}].filter(rule, rule != '').join(',')",
    }


def validating_binding(name: str, action: Action, scope: NamespaceScope) -> Manifest:
    """Return what puts the policy of the same name in force, and where."""
    return manifest(
        "ValidatingAdmissionPolicyBinding",
        name,
        {
            "policyName": name,
            "validationActions": _VALIDATION_ACTIONS[action],
            **scope.match_resources(),
        },
    )
