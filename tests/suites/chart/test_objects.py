"""The objects of a release are known to Kubernetes, and those that belong together meet."""

from __future__ import annotations

import helm_python
import pytest
from kubernetes_validate import validate

from charts.generator.files import CHART
from tests.suites.chart.conftest import NOT_OF_KUBERNETES, Manifest, Render, of_kind, only
from tests.suites.chart.release import hook_pods, pod_template


@pytest.mark.parametrize("minor", range(32, 38))
def test_every_object_is_one_that_kubernetes_knows(
    render: Render, example: Manifest, minor: int
) -> None:
    if minor < 36:
        policies = example.get("policies", {}) | {"mutate": {"enabled": False}}
        example = example | {"policies": policies}
    for manifest in render(example, kube=f"v1.{minor}.0"):
        if manifest["kind"] not in NOT_OF_KUBERNETES:
            validate(manifest, f"1.{minor}", strict=True)


def test_helm_finds_nothing_to_say(example: Manifest) -> None:
    result = helm_python.lint(str(CHART), example, strict=True, kube_version="v1.36.0")
    assert not result["errors"]
    assert all(message["severity"] < 2 for message in result["messages"])


def test_selectors_find_the_pods_and_nothing_else(render: Render, example: Manifest) -> None:
    manifests = render(example)
    labels = pod_template(manifests)["metadata"]["labels"]
    selectors = [
        *(service["spec"]["selector"] for service in of_kind(manifests, "Service")),
        only(manifests, "Deployment")["spec"]["selector"]["matchLabels"],
        *(
            budget["spec"]["selector"]["matchLabels"]
            for budget in of_kind(manifests, "PodDisruptionBudget")
        ),
        *(
            policy["spec"]["podSelector"]["matchLabels"]
            for policy in of_kind(manifests, "NetworkPolicy")[:1]
        ),
    ]
    others = [pod["metadata"]["labels"] for pod in hook_pods(manifests)]
    for selector in selectors:
        assert selector.items() <= labels.items()
        assert not any(selector.items() <= other.items() for other in others)


def test_the_webhooks_reach_the_service_and_the_service_reaches_the_port(
    render: Render, example: Manifest
) -> None:
    manifests = render(example)
    service, operations = of_kind(manifests, "Service")
    container = pod_template(manifests)["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for port in (*service["spec"]["ports"], *operations["spec"]["ports"]):
        assert port["targetPort"] in ports
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for webhook in only(manifests, kind)["webhooks"]:
            client = webhook["clientConfig"]["service"]
            assert client["name"] == service["metadata"]["name"]
            assert client["port"] in [port["port"] for port in service["spec"]["ports"]]
            assert client["path"] in ("/validate", "/mutate")
    assert f"--port={ports['webhooks']}" in container["args"]
    assert f"--operations-port={ports['operations']}" in container["args"]


@pytest.mark.parametrize(
    ("enabled", "kube", "expected"),
    [
        pytest.param(True, "v1.36.0", True, id="a server that has the kind"),
        pytest.param(True, "v1.35.9", False, id="a server that has not"),
        pytest.param(False, "v1.36.0", False, id="nobody wants it"),
    ],
)
def test_leases_get_a_holder_where_the_server_can_do_that(
    render: Render, *, enabled: bool, kube: str, expected: bool
) -> None:
    values = {
        "policies": {"leaseHolder": {"enabled": enabled}, "namespaces": ["team"]},
    }
    manifests = render(values, kube=kube)
    names = [each["metadata"]["name"] for each in of_kind(manifests, "MutatingAdmissionPolicy")]
    assert names == (["leasegate-lease-holder"] if expected else [])
    for binding in of_kind(manifests, "MutatingAdmissionPolicyBinding"):
        assert binding["spec"] == {"policyName": "leasegate-lease-holder"}
