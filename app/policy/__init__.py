"""The rules as policies that run inside kube-apiserver: no pod, no certificate, no network.

`policies` turns a RulesConfiguration into ValidatingAdmissionPolicies (the twins of the rules) and
a MutatingAdmissionPolicy (the leading `v`), each with its binding; `render` writes them as YAML.
`match_conditions` is what keeps heartbeats away from the webhooks. Pure.
"""

from app.policy.kube_version import KubeVersion
from app.policy.manifest import Manifest, render
from app.policy.policies import Omission, Part, PolicySet, policies
from app.policy.scope import EVERYWHERE, NamespaceScope

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
