"""The policy on holders of Leases changes those without one, and no Lease of a node.

Its patch makes objects of a type that only kube-apiserver has: the cluster suite applies it.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.cel_policies import KubeVersion, NamespaceScope, Part, PolicySet, policies
from app.leasecandidate.rules import Profile, RulesConfiguration
from tests.cel_policies import cel


def made(kube_version: str = "1.36", *namespaces: str) -> PolicySet:
    return policies(
        RulesConfiguration(profile=Profile.BUILTIN),
        KubeVersion.parse(kube_version),
        scope=NamespaceScope(only=namespaces),
        parts=[Part.LEASE_HOLDER],
    )


def specs(policy_set: PolicySet) -> Any:  # noqa: ANN401  any JSON
    return [manifest["spec"] for manifest in policy_set.manifests]


@pytest.mark.parametrize(
    ("lease", "expected"),
    [
        pytest.param({"spec": {}}, True, id="no holder"),
        pytest.param({}, True, id="no spec"),
        pytest.param({"spec": {"strategy": "example.com/x"}}, True, id="a strategy alone"),
        pytest.param({"spec": {"holderIdentity": ""}}, False, id="an empty holder"),
        pytest.param({"spec": {"holderIdentity": "a"}}, False, id="a holder"),
    ],
)
def test_a_lease_without_holder_is_what_is_changed(
    lease: dict[str, object], *, expected: bool
) -> None:
    policy, _ = specs(made())
    (condition,) = policy["matchConditions"]
    assert cel.holds(condition["expression"], {"object": lease}) is expected


def test_every_namespace_but_that_of_the_nodes_is_covered() -> None:
    policy, binding = specs(made("1.36", "a"))
    assert binding == {"policyName": "leasegate-lease-holder"}
    assert policy["matchConstraints"]["namespaceSelector"] == {
        "matchExpressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "NotIn",
                "values": ["kube-node-lease"],
            }
        ]
    }


def test_a_failure_leaves_the_lease_as_it_is() -> None:
    policy, _ = specs(made())
    assert (policy["failurePolicy"], policy["reinvocationPolicy"]) == ("Ignore", "Never")


def test_older_servers_are_told_what_to_do_instead() -> None:
    policy_set = made("1.35")
    assert not policy_set.manifests
    (omission,) = policy_set.omissions
    assert str(omission) == (
        "left out the policy that gives Leases a holder: MutatingAdmissionPolicy v1 comes with "
        "Kubernetes 1.36; with 1.35 let the webhook deny what the rule strategy-takeover finds"
    )
