"""The MutatingAdmissionPolicy that gives a Lease without a holder an empty one.

A coordinated Lease names a holder, an empty one included. Elections of client-go and of
kube-apiserver take both alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.cel_policies.manifest import manifest
from app.cel_policies.scope import all_but
from app.leasecandidate.rules.write import WRITES
from app.leasecandidate.spec import GROUP, NODE_LEASES

if TYPE_CHECKING:
    from app.cel_policies.manifest import Manifest


_NAMES_NO_HOLDER: Final = "!object.?spec.?holderIdentity.hasValue()"
_PATCH: Final = "[JSONPatch{op: 'add', path: '/spec/holderIdentity', value: ''}]"


def lease_holder_policy(name: str) -> Manifest:
    """Return the policy. It needs Kubernetes 1.36; a failure leaves the Lease as it is."""
    return manifest(
        "MutatingAdmissionPolicy",
        name,
        {
            "failurePolicy": "Ignore",
            "reinvocationPolicy": "Never",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": all_but(NODE_LEASES),
                "resourceRules": [
                    {
                        "apiGroups": [GROUP],
                        "apiVersions": ["v1"],
                        "operations": list(WRITES),
                        "resources": ["leases"],
                        "scope": "Namespaced",
                    }
                ],
            },
            "matchConditions": [{"name": "names-no-holder", "expression": _NAMES_NO_HOLDER}],
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": _PATCH}}],
        },
    )
