"""Which writes a policy applies to: those of the webhooks, in the chosen namespaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules.write import WRITES
from app.leasecandidate.spec import GROUP, RESOURCE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence


def match_constraints(
    versions: Sequence[str], resource: str, **selectors: object
) -> dict[str, object]:
    """Return matchConstraints: CREATE and UPDATE of a resource of the group of candidates."""
    return {
        "matchPolicy": "Equivalent",
        **selectors,
        "resourceRules": [
            {
                "apiGroups": [GROUP],
                "apiVersions": list(versions),
                "operations": list(WRITES),
                "resources": [resource],
                "scope": "Namespaced",
            }
        ],
    }


MATCH_CONSTRAINTS: Final = match_constraints(VERSIONS, RESOURCE)
"""CREATE and UPDATE of candidates. Never DELETE: a denial would stop their garbage collection."""

# kube-apiserver sets this label itself, so a namespace cannot pass for another one.
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class NamespaceScope:
    """Namespaces by name: `only` these, or all but those `excluded`; empty means all there are."""

    only: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def match_resources(self) -> dict[str, object]:
        """Return the `matchResources` part of a binding; an empty one covers every namespace."""
        expressions = [
            {"key": _NAME_LABEL, "operator": operator, "values": list(names)}
            for operator, names in (("In", self.only), ("NotIn", self.excluded))
            if names
        ]
        if not expressions:
            return {}
        return {"matchResources": {"namespaceSelector": {"matchExpressions": expressions}}}


def all_but(namespace: str) -> dict[str, object]:
    """Return a namespaceSelector that leaves one namespace out."""
    return {"matchExpressions": [{"key": _NAME_LABEL, "operator": "NotIn", "values": [namespace]}]}


EVERYWHERE: Final = NamespaceScope()
