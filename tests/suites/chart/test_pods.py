"""What the user says of pods holds for all of them, those of hooks included."""

from __future__ import annotations

import pytest

from tests.suites.chart.conftest import Manifest, Render, of_kind, only
from tests.suites.chart.release import hook_pods, pod_template

FAIL = {"webhooks": {"failurePolicy": "Fail"}}
SHARED: Manifest = {
    "imagePullSecrets": [{"name": "registry"}],
    "hostUsers": False,
    "priorityClassName": "system-cluster-critical",
    "runtimeClassName": "gvisor",
    "dnsPolicy": "None",
    "dnsConfig": {"nameservers": ["192.0.2.1"]},
    "podSecurityContext": {"runAsUser": 1000},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"operator": "Exists"}],
}
RESOURCES = {"requests": {"cpu": "10m"}, "limits": {"cpu": "1", "memory": "300Mi"}}
RIGHTS = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def test_hook_pods_are_scheduled_and_confined_as_those_of_the_server(render: Render) -> None:
    manifests = render(FAIL | SHARED)
    server = pod_template(manifests)["spec"]
    expected = {key: server[key] for key in SHARED if key != "podSecurityContext"}
    expected["securityContext"] = server["securityContext"]
    assert expected == {
        ("securityContext" if key == "podSecurityContext" else key): value
        for key, value in SHARED.items()
    } | {"securityContext": server["securityContext"] | {"runAsUser": 1000}}
    hooks = hook_pods(manifests)
    assert len(hooks) == 2
    for hook in hooks:
        assert hook["spec"].items() >= expected.items()


def test_hook_pods_have_the_resources_that_a_quota_asks_for(render: Render) -> None:
    manifests = render(FAIL | {"resources": RESOURCES, "securityContext": {"privileged": False}})
    for pod in (pod_template(manifests), *hook_pods(manifests)):
        (container,) = pod["spec"]["containers"]
        assert container["resources"] == {
            "requests": {"cpu": "10m", "memory": "96Mi"},
            "limits": {"cpu": "1", "memory": "300Mi"},
        }
        assert container["securityContext"]["privileged"] is False


def test_all_pods_have_the_labels_and_annotations_that_are_given(render: Render) -> None:
    values = {
        "commonLabels": {"team": "platform", "tier": "one"},
        "podLabels": {"tier": "two"},
        "podAnnotations": {"sidecar.istio.io/inject": "false"},
    }
    manifests = render(FAIL | values)
    for pod in (pod_template(manifests), *hook_pods(manifests)):
        assert pod["metadata"]["labels"].items() >= {"team": "platform", "tier": "two"}.items()
        assert pod["metadata"]["annotations"]["sidecar.istio.io/inject"] == "false"


def test_hooks_run_where_a_node_must_have_something_and_beside_pods_of_the_server(
    render: Render,
) -> None:
    term = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    node = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    anti = {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "leasegate"}},
                "topologyKey": "kubernetes.io/hostname",
            }
        ]
    }
    manifests = render(FAIL | {"affinity": {"nodeAffinity": node, "podAntiAffinity": anti}})
    assert pod_template(manifests)["spec"]["affinity"].keys() == {"nodeAffinity", "podAntiAffinity"}
    for hook in hook_pods(manifests):
        assert hook["spec"]["affinity"] == {"nodeAffinity": node}


def test_what_is_null_in_a_security_context_is_left_to_the_cluster(render: Render) -> None:
    ids = {"runAsUser": None, "runAsGroup": None, "fsGroup": None}
    manifests = render(
        FAIL | {"podSecurityContext": ids, "securityContext": {"capabilities": None}}
    )
    for pod in (pod_template(manifests), *hook_pods(manifests)):
        assert pod["spec"]["securityContext"] == {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert "capabilities" not in pod["spec"]["containers"][0]["securityContext"]


def test_a_security_context_that_is_null_is_left_to_the_image(render: Render) -> None:
    manifests = render(FAIL | {"podSecurityContext": None, "securityContext": None})
    for pod in (pod_template(manifests), *hook_pods(manifests)):
        assert "securityContext" not in pod["spec"]
        assert "securityContext" not in pod["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        pytest.param({}, 0o440, id="the pod's group owns them"),
        pytest.param({"podSecurityContext": {"fsGroup": None}}, 0o444, id="no group does"),
        pytest.param({"podSecurityContext": None}, 0o444, id="nothing is said of the pod"),
    ],
)
def test_whoever_the_process_runs_as_can_read_what_is_mounted(
    render: Render, values: Manifest, mode: int
) -> None:
    """Without fsGroup the files of a volume belong to root (kubelet's pkg/volume/util/atomic)."""
    manifests = render(values | {"certificates": {"mode": "certManager"}})
    volumes = pod_template(manifests)["spec"]["volumes"]
    modes = {
        source["defaultMode"]
        for volume in volumes
        for source in (volume.get("secret"), volume.get("projected"))
        if source
    }
    assert modes == {mode}


def test_hooks_get_no_rights_where_the_chart_is_to_give_none(render: Render) -> None:
    values = FAIL | {"rbac": {"create": False}, "serviceAccount": {"name": "mine"}}
    manifests = render(values)
    assert not [manifest for manifest in manifests if manifest["kind"] in RIGHTS]
    accounts = {account["metadata"]["name"] for account in of_kind(manifests, "ServiceAccount")}
    assert accounts == {"mine", "leasegate-test", "leasegate-uninstall"}


def test_hooks_run_as_the_given_account_where_the_chart_is_to_make_none(render: Render) -> None:
    manifests = render(FAIL | {"serviceAccount": {"create": False, "name": "mine"}})
    assert of_kind(manifests, "ServiceAccount") == []
    assert {hook["spec"]["serviceAccountName"] for hook in hook_pods(manifests)} == {"mine"}
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in of_kind(manifests, kind):
            assert [subject["name"] for subject in binding["subjects"]] == ["mine"]


def test_a_network_policy_lets_hooks_reach_the_api_server_and_nobody_reach_them(
    render: Render,
) -> None:
    more = {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}
    manifests = render(FAIL | {"networkPolicy": {"egress": [more]}})
    server, hooks = of_kind(manifests, "NetworkPolicy")
    selector = hooks["spec"]["podSelector"]["matchLabels"]
    for pod in hook_pods(manifests):
        assert selector.items() <= pod["metadata"]["labels"].items()
    assert not selector.items() <= pod_template(manifests)["metadata"]["labels"].items()
    assert "ingress" not in hooks["spec"]
    assert hooks["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert hooks["spec"]["egress"] == server["spec"]["egress"]
    assert {port["port"] for port in hooks["spec"]["egress"][0]["ports"]} == {443, 6443, 53}
    assert hooks["spec"]["egress"][1] == more


def test_without_hooks_there_is_no_policy_for_them(render: Render) -> None:
    assert len(of_kind(render({"test": {"enabled": False}}), "NetworkPolicy")) == 1
    assert of_kind(render(FAIL | {"networkPolicy": {"enabled": False}}), "NetworkPolicy") == []


def test_a_spread_without_a_selector_is_one_of_the_releases_pods(render: Render) -> None:
    mine = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    given = [constraint, constraint | {"labelSelector": mine}]
    manifests = render({"topologySpreadConstraints": given})
    template = pod_template(manifests)
    first, second = template["spec"]["topologySpreadConstraints"]
    labels = first["labelSelector"]["matchLabels"]
    assert labels == only(manifests, "Deployment")["spec"]["selector"]["matchLabels"]
    assert first == constraint | {"labelSelector": {"matchLabels": labels}}
    assert second == given[1]


def test_probes_have_the_timings_that_are_given(render: Render) -> None:
    timings = {"startup": {"failureThreshold": 300}, "readiness": {"timeoutSeconds": None}}
    (container,) = pod_template(render({"probes": timings}))["spec"]["containers"]
    probe = {"httpGet": {"path": "/livez", "port": "operations"}}
    assert container["startupProbe"] == probe | {"periodSeconds": 1, "failureThreshold": 300}
    assert container["livenessProbe"].items() >= probe.items()
    assert container["readinessProbe"] == {
        "httpGet": {"path": "/readyz", "port": "operations"},
        "periodSeconds": 2,
        "failureThreshold": 2,
    }


def test_volumes_strategy_and_annotations_are_those_that_are_given(render: Render) -> None:
    volume = {"name": "collector-ca", "configMap": {"name": "collector-ca"}}
    mount = {"name": "collector-ca", "mountPath": "/etc/collector"}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}
    manifests = render(
        {
            "extraVolumes": [volume],
            "extraVolumeMounts": [mount],
            "updateStrategy": strategy,
            "deploymentAnnotations": {"reloader.stakater.com/auto": "true"},
        }
    )
    deployment = only(manifests, "Deployment")
    assert volume in deployment["spec"]["template"]["spec"]["volumes"]
    assert mount in deployment["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert deployment["spec"]["strategy"] == strategy
    assert deployment["metadata"]["annotations"] == {"reloader.stakater.com/auto": "true"}


@pytest.mark.parametrize(
    ("values", "image"),
    [
        pytest.param({}, "leasegate:0.1.0", id="by default"),
        pytest.param(
            {"global": {"imageRegistry": "registry.test:5000"}},
            "registry.test:5000/leasegate:0.1.0",
            id="a registry for all",
        ),
        pytest.param(
            {
                "global": {"imageRegistry": "registry.test/mirror/"},
                "image": {"repository": "team/gate", "digest": "sha256:" + "0" * 64, "tag": "1"},
            },
            "registry.test/mirror/team/gate:1@sha256:" + "0" * 64,
            id="with a folder and a digest",
        ),
    ],
)
def test_all_pods_take_their_image_from_the_registry(
    render: Render, values: Manifest, image: str
) -> None:
    manifests = render(FAIL | values)
    for pod in (pod_template(manifests), *hook_pods(manifests)):
        assert pod["spec"]["containers"][0]["image"] == image
