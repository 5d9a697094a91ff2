"""The MutatingAdmissionPolicy that strips a leading `v`: `normalize` in CEL, without its hints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.cel_policies.manifest import Manifest, manifest
from app.cel_policies.scope import MATCH_CONSTRAINTS, NamespaceScope

if TYPE_CHECKING:
    from collections.abc import Mapping

# isSemver is blang/semver's Parse, as is the server's own validation.
_IS_STRIPPED: Final = "{0}.startsWith('v') && isSemver({0}.substring(1))"

_ANY_IS_STRIPPED: Final = (
    "[object.?spec.?binaryVersion.orValue(''), object.?spec.?emulationVersion.orValue('')]"
    f".exists(version, {_IS_STRIPPED.format('version')})"
)
_PATCH: Final = (
    "['binaryVersion', 'emulationVersion']"
    f".filter(field, field in object.spec && {_IS_STRIPPED.format('object.spec[field]')})"
    ".map(field, JSONPatch{op: 'replace', path: '/spec/' + field, "
    "value: object.spec[field].substring(1)})"
)


def mutating_policy(name: str) -> Manifest:
    """Return the policy. It needs Kubernetes 1.36, which has the kind and isSemver.

    A failure leaves the object as it is: built-in validation comes next and judges it.
    """
    return json_patch_policy(
        name, MATCH_CONSTRAINTS, {"has-a-leading-v": _ANY_IS_STRIPPED}, patch=_PATCH
    )


def json_patch_policy(
    name: str,
    constraints: Mapping[str, object],
    conditions: Mapping[str, str],
    *,
    patch: str,
) -> Manifest:
    """Return a MutatingAdmissionPolicy; `conditions` (by name) and `patch` are CEL expressions."""
    return manifest(
        "MutatingAdmissionPolicy",
        name,
        {
            "failurePolicy": "Ignore",
            "reinvocationPolicy": "Never",
            "matchConstraints": constraints,
            "matchConditions": [
                {"name": condition, "expression": expression}
                for condition, expression in conditions.items()
            ],
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}],
        },
    )


def mutating_binding(name: str, scope: NamespaceScope) -> Manifest:
    """Return what puts the policy of the same name in force, and where."""
    return manifest(
        "MutatingAdmissionPolicyBinding", name, {"policyName": name, **scope.match_resources()}
    )
