"""The rules as policies that run inside kube-apiserver: no pod, no certificate, no network.

`policies` turns a RulesConfiguration into ValidatingAdmissionPolicies (the twins of the rules) and
MutatingAdmissionPolicies (the leading `v`, the holder of Leases), each with its binding; `render`
writes them as YAML. Pure.
"""

from app.cel_policies.kube_version import KubeVersion
from app.cel_policies.manifest import Manifest, render
from app.cel_policies.policies import Omission, Part, PolicySet, policies
from app.cel_policies.scope import EVERYWHERE, NamespaceScope

__all__ = [
    "EVERYWHERE",
    "KubeVersion",
    "Manifest",
    "NamespaceScope",
    "Omission",
    "Part",
    "PolicySet",
    "policies",
    "render",
]
