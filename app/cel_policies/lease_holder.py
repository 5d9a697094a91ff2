"""The MutatingAdmissionPolicy that gives a Lease without a holder an empty one.

A coordinated Lease names a holder, an empty one included. Elections of client-go and of
kube-apiserver take both alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.cel_policies.mutating import json_patch_policy
from app.cel_policies.scope import all_but, match_constraints
from app.leasecandidate.spec import NODE_LEASES

if TYPE_CHECKING:
    from app.cel_policies.manifest import Manifest


_NAMES_NO_HOLDER: Final = "!object.?spec.?holderIdentity.hasValue()"
_PATCH: Final = "[JSONPatch{op: 'add', path: '/spec/holderIdentity', value: ''}]"


def lease_holder_policy(name: str) -> Manifest:
    """Return the policy. It needs Kubernetes 1.36; a failure leaves the Lease as it is."""
    constraints = match_constraints(["v1"], "leases", namespaceSelector=all_but(NODE_LEASES))
    return json_patch_policy(name, constraints, {"names-no-holder": _NAMES_NO_HOLDER}, patch=_PATCH)
