"""What must hold for every way to install: nothing that can lock a cluster out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.suites.chart.any_values import NAMESPACE
from tests.suites.chart.conftest import Manifest, Render, of_kind, only

CONFIGURATIONS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
CONTROL_PLANE = {"kube-system", "kube-public", "kube-node-lease"}


def webhooks(manifests: list[Manifest]) -> list[Any]:
    return [
        webhook
        for kind in CONFIGURATIONS
        for configuration in of_kind(manifests, kind)
        for webhook in configuration["webhooks"]
    ]


def pod_specs(manifests: list[Manifest]) -> list[Any]:
    return [
        *(manifest["spec"]["template"]["spec"] for manifest in of_kind(manifests, "Deployment")),
        *(manifest["spec"]["template"]["spec"] for manifest in of_kind(manifests, "Job")),
        *(manifest["spec"] for manifest in of_kind(manifests, "Pod")),
    ]


def test_the_registration_is_the_safe_one(render: Render) -> None:
    found = webhooks(render())
    assert [webhook["name"] for webhook in found] == [
        "validate.leasegate.dev",
        "mutate.leasegate.dev",
    ]
    for webhook in found:
        assert webhook["failurePolicy"] == "Ignore"
        assert webhook["timeoutSeconds"] == 1
        assert webhook["matchPolicy"] == "Equivalent"
        assert webhook["sideEffects"] == "None"
        assert webhook["admissionReviewVersions"] == ["v1"]
        assert "caBundle" not in webhook["clientConfig"]
        assert "objectSelector" not in webhook
        assert webhook["rules"] == [
            {
                "apiGroups": ["coordination.k8s.io"],
                "apiVersions": ["v1beta1", "v1alpha2"],
                "resources": ["leasecandidates"],
                "operations": ["CREATE", "UPDATE"],
                "scope": "Namespaced",
            }
        ]
        (selector,) = webhook["namespaceSelector"]["matchExpressions"]
        assert selector["key"] == "kubernetes.io/metadata.name"
        assert selector["operator"] == "NotIn"
        assert set(selector["values"]) == CONTROL_PLANE | {NAMESPACE}
        assert "not-a-pure-heartbeat" in [item["name"] for item in webhook["matchConditions"]]


def test_no_example_registers_a_delete_or_covers_the_release(
    render: Render, example: Manifest
) -> None:
    for webhook in webhooks(render(example)):
        assert all("DELETE" not in rule["operations"] for rule in webhook["rules"])
        excluded = webhook["namespaceSelector"]["matchExpressions"][0]["values"]
        assert {NAMESPACE, "kube-system"} <= set(excluded)


def test_the_heartbeat_forgery_is_refused_by_default_in_every_namespace(render: Render) -> None:
    manifests = render()
    policy = only(manifests, "ValidatingAdmissionPolicy")
    binding = only(manifests, "ValidatingAdmissionPolicyBinding")
    assert policy["metadata"]["name"] == "leasegate-reserved"
    assert "kube-node-lease" in str(policy["spec"]["variables"] + policy["spec"]["validations"])
    assert "namespaceSelector" not in policy["spec"]["matchConstraints"]
    assert binding["spec"]["policyName"] == "leasegate-reserved"
    assert binding["spec"]["validationActions"] == ["Deny"]
    assert "matchResources" not in binding["spec"]


def test_every_pod_runs_restricted(render: Render, example: Manifest) -> None:
    for spec in pod_specs(render(example)):
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context.get("runAsUser", 65532) >= 1000
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostPID", "hostIPC"} & spec.keys()
        assert not any(
            "hostPort" in str(container["ports"])
            for container in spec["containers"]
            if "ports" in container
        )
        allowed = {"configMap", "secret", "projected", "emptyDir"}
        assert all(volume.keys() - {"name"} <= allowed for volume in spec.get("volumes", []))
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def test_only_the_server_is_on_the_network_of_the_node_where_that_is_asked_for(
    render: Render, example: Manifest
) -> None:
    server, *hooks = pod_specs(render(example))
    assert server.get("hostNetwork", False) is example.get("hostNetwork", False)
    assert not any("hostNetwork" in hook for hook in hooks)


def test_rights_are_narrow(render: Render, example: Manifest) -> None:
    manifests = render(example)
    for kind in ("Role", "ClusterRole"):
        for role in of_kind(manifests, kind):
            for rule in role["rules"]:
                assert "*" not in rule["apiGroups"] + rule["resources"] + rule["verbs"]
                assert "resourceNames" in rule or (
                    rule["resources"] in (["leasecandidates"], ["leases"])
                    or (rule["resources"], rule["verbs"])
                    == (["leases", "leasecandidates"], ["get", "list", "watch"])
                )
                if rule["resources"] == ["secrets"]:
                    assert kind == "Role"
                    assert "list" not in rule["verbs"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, {"secrets", "webhooks", "siblings"}, id="self mode"),
        pytest.param(
            {"config": {"rules": {"profile": "builtin"}}},
            {"secrets", "webhooks"},
            id="self mode without a rule on siblings",
        ),
        pytest.param(
            {"certificates": {"mode": "certManager"}},
            {"siblings", "webhooks, to read"},
            id="cert-manager",
        ),
        pytest.param(
            {
                "certificates": {"mode": "certManager"},
                "config": {
                    "rules": {
                        "actions": {
                            "strategy-conflict": "Off",
                            "strategy-conflict-lower": "Off",
                            "strategy-takeover": "Off",
                        }
                    }
                },
            },
            set(),
            id="nothing that needs the API",
        ),
        pytest.param(
            {
                "certificates": {"mode": "certManager"},
                "config": {"process": {"watchLeases": True}, "rules": {"profile": "builtin"}},
            },
            {"webhooks, to read", "siblings", "elections"},
            id="metrics of elections alone",
        ),
    ],
)
def test_each_right_comes_with_the_feature_that_needs_it(
    render: Render, values: Manifest, expected: set[str]
) -> None:
    manifests = render(values)
    names = {
        ("secrets", ("get", "create", "patch")): "secrets",
        ("leasecandidates", ("list", "watch")): "siblings",
        ("leases", ("list", "watch")): "elections",
        ("validatingwebhookconfigurations", ("get", "patch")): "webhooks",
        ("validatingwebhookconfigurations", ("get",)): "webhooks, to read",
    }
    granted = {
        names[rule["resources"][0], tuple(rule["verbs"])]
        for kind in ("Role", "ClusterRole")
        for role in of_kind(manifests, kind)
        if "helm.sh/hook" not in role["metadata"].get("annotations", {})
        and not role["metadata"]["name"].endswith("-reader")
        for rule in role["rules"]
    }
    assert granted == expected
    volumes = only(manifests, "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert ("token" in [volume["name"] for volume in volumes]) is bool(expected)


def test_a_single_replica_has_no_disruption_budget(render: Render) -> None:
    assert of_kind(render({"replicaCount": 1}), "PodDisruptionBudget") == []
    budget = only(render(), "PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize(
    ("rbac", "roles", "is_aggregated"),
    [
        pytest.param({}, 1, False, id="default"),
        pytest.param({"reader": {"aggregateToView": True}}, 1, True, id="aggregated"),
        pytest.param({"reader": {"create": False}}, 0, False, id="no reader"),
        pytest.param({"create": False}, 0, False, id="no rights at all"),
    ],
)
def test_a_reader_is_bound_to_nobody(
    render: Render, rbac: Manifest, roles: int, is_aggregated: bool
) -> None:
    manifests = render({"rbac": rbac, "certificates": {"mode": "certManager"}})
    readers = [
        role
        for role in of_kind(manifests, "ClusterRole")
        if role["metadata"]["name"].endswith("-reader")
    ]
    assert len(readers) == roles
    for reader in readers:
        label = "rbac.authorization.k8s.io/aggregate-to-view"
        assert (label in reader["metadata"]["labels"]) is is_aggregated
    bound = [each["roleRef"]["name"] for each in of_kind(manifests, "ClusterRoleBinding")]
    assert not any(name.endswith("-reader") for name in bound)
