"""Two Services: one that kube-apiserver calls, one for whoever watches; and who watches."""

from __future__ import annotations

import pytest

from tests.suites.chart.conftest import Manifest, Render, of_kind, only

RELABELING = {"action": "labeldrop", "regex": "pod"}
ELSEWHERE = {
    "enabled": True,
    "namespace": "monitoring",
    "relabelings": [RELABELING],
    "metricRelabelings": [RELABELING | {"regex": "le"}],
}


def test_a_load_balancer_carries_the_webhooks_alone(render: Render) -> None:
    manifests = render({"service": {"type": "LoadBalancer", "annotations": {"a.test/b": "c"}}})
    called, watched = of_kind(manifests, "Service")
    assert called["spec"]["type"] == "LoadBalancer"
    assert [port["name"] for port in called["spec"]["ports"]] == ["webhooks"]
    assert watched["spec"]["type"] == "ClusterIP"
    assert [port["name"] for port in watched["spec"]["ports"]] == ["operations"]
    assert "annotations" not in watched["metadata"]


def test_a_service_monitor_finds_the_service_of_the_operations_port_alone(render: Render) -> None:
    manifests = render({"monitoring": {"serviceMonitor": {"enabled": True}}})
    called, watched = of_kind(manifests, "Service")
    monitor = only(manifests, "ServiceMonitor")["spec"]
    selector = monitor["selector"]["matchLabels"].items()
    assert selector <= watched["metadata"]["labels"].items()
    assert not selector <= called["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == watched["spec"]["ports"][0]["name"]


@pytest.mark.parametrize(
    ("kind", "endpoints"),
    [("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints")],
)
def test_a_monitor_may_live_elsewhere_and_rewrite_labels(
    render: Render, kind: str, endpoints: str
) -> None:
    key = kind[0].lower() + kind[1:]
    monitor = only(render({"monitoring": {key: ELSEWHERE}}), kind)
    assert monitor["metadata"]["namespace"] == "monitoring"
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["leasegate-system"]}
    (endpoint,) = monitor["spec"][endpoints]
    assert endpoint["relabelings"] == ELSEWHERE["relabelings"]
    assert endpoint["metricRelabelings"] == ELSEWHERE["metricRelabelings"]


def test_alerts_and_the_dashboard_may_live_elsewhere(render: Render) -> None:
    manifests = render(
        {
            "monitoring": {
                "prometheusRule": {"enabled": True, "namespace": "monitoring"},
                "dashboard": {
                    "enabled": True,
                    "namespace": "grafana",
                    "annotations": {"grafana_folder": "Admission"},
                },
            }
        }
    )
    assert only(manifests, "PrometheusRule")["metadata"]["namespace"] == "monitoring"
    (dashboard,) = [
        found for found in of_kind(manifests, "ConfigMap") if "leasegate.json" in found["data"]
    ]
    assert dashboard["metadata"]["namespace"] == "grafana"
    assert dashboard["metadata"]["annotations"] == {"grafana_folder": "Admission"}


@pytest.mark.parametrize(
    ("given", "kube", "expected"),
    [
        ("PreferClose", "v1.33.0", "PreferClose"),
        ("PreferClose", "v1.34.0", "PreferSameZone"),
        ("PreferSameZone", "v1.33.0", "PreferClose"),
        ("PreferSameZone", "v1.36.0", "PreferSameZone"),
        ("PreferSameNode", "v1.36.0", "PreferSameNode"),
    ],
)
def test_traffic_is_distributed_by_the_name_that_the_server_knows(
    render: Render, given: str, kube: str, expected: str
) -> None:
    called, _ = of_kind(render({"service": {"trafficDistribution": given}}, kube=kube), "Service")
    assert called["spec"]["trafficDistribution"] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, {"a.test/b": "c"}, id="those that are given"),
        pytest.param(
            {"certificates": {"mode": "certManager"}},
            {
                "a.test/b": "c",
                "cert-manager.io/inject-ca-from": "leasegate-system/leasegate",
            },
            id="beside that for cert-manager",
        ),
    ],
)
def test_webhook_configurations_have_the_annotations_that_are_given(
    render: Render, values: Manifest, expected: dict[str, str]
) -> None:
    manifests = render(values | {"webhooks": {"annotations": {"a.test/b": "c"}}})
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        assert only(manifests, kind)["metadata"]["annotations"] == expected
