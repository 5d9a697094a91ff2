"""Whatever the schema allows: the chart is refused with a sentence, or what it renders is safe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import helm_python
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings, strategies as st
from jsonschema import Draft7Validator

from app.configuration import parse_document
from charts.generator.files import CHART
from tests.suites.chart.conftest import NAMESPACE, Render, of_kind, only
from tests.suites.chart.from_schema import FromSchema
from tests.suites.chart.release import is_typed

if TYPE_CHECKING:
    from tests.suites.chart.conftest import Manifest

SCHEMA: Final = json.loads((CHART / "values.schema.json").read_text())
IS_ALLOWED: Final = Draft7Validator(SCHEMA)
PEER: Final = {"podSelector": {"matchLabels": {"app": "prometheus"}}}
# What Kubernetes, not the chart, has a schema for.
INSTEAD: Final = {
    ".affinity": st.sampled_from([{}, {"nodeAffinity": {}}]),
    ".certificates.existing.caBundle": st.sampled_from(
        ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    ),
    ".clientCertificates": st.sampled_from(
        [
            {},
            {
                "caBundle": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "names": ["kube-apiserver"],
            },
        ]
    ),
    ".extraEnv": st.sampled_from([[], [{"name": "A", "value": "b"}]]),
    ".extraObjects": st.sampled_from(
        [[], [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}}]]
    ),
    ".dnsConfig": st.sampled_from([{}, {"nameservers": ["192.0.2.1"]}]),
    ".extraVolumes": st.sampled_from([[], [{"name": "more", "emptyDir": {}}]]),
    ".extraVolumeMounts": st.just([]),
    ".monitoring.podMonitor.metricRelabelings": st.just([]),
    ".monitoring.podMonitor.relabelings": st.just([{"action": "labeldrop", "regex": "pod"}]),
    ".monitoring.serviceMonitor.metricRelabelings": st.just([]),
    ".monitoring.serviceMonitor.relabelings": st.just([]),
    ".podSecurityContext": st.sampled_from([None, {"fsGroup": None}, {"runAsUser": 1}]),
    ".securityContext": st.sampled_from([None, {"readOnlyRootFilesystem": False}]),
    ".updateStrategy": st.sampled_from([{}, {"type": "Recreate"}]),
    ".networkPolicy.egress": st.sampled_from([[], [{"to": [PEER]}]]),
    ".networkPolicy.operationsFrom": st.sampled_from([[], [PEER]]),
    ".resources": st.sampled_from([{"limits": {"memory": "1Gi"}}]),
    ".tolerations": st.sampled_from([[], [{"operator": "Exists"}]]),
    ".topologySpreadConstraints": st.sampled_from(
        [[], [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]]
    ),
    # What makes two pods collide or the control plane wait should come together often.
    ".webhooks.excludedNamespaces": st.lists(
        st.sampled_from(["default", "kube-system", "kube-node-lease", NAMESPACE]), unique=True
    ),
    ".test.namespace": st.sampled_from(["", "default", "team-a", "kube-system", NAMESPACE]),
}


def is_allowed(values: Manifest) -> bool:
    """Say whether the schema allows the values as far as they go: Helm adds the defaults."""
    return all(error.validator == "required" for error in IS_ALLOWED.iter_errors(values))


@st.composite
def some_values(draw: st.DrawFn) -> Any:  # noqa: ANN401  values are JSON
    """Set what a few of the top-level keys hold, so that not each example is refused."""
    names = draw(st.lists(st.sampled_from(sorted(SCHEMA["properties"])), unique=True, max_size=5))
    part = SCHEMA | {"properties": {name: SCHEMA["properties"][name] for name in names}}
    return draw(FromSchema(SCHEMA, INSTEAD).values(part, "").filter(is_allowed))


@pytest.mark.timeout(300)
@settings(
    max_examples=60,
    # Values are few already, and each attempt to shrink them renders the chart again.
    phases=[Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    values=some_values(),
    release=st.sampled_from(["leasegate", "true", "null", "y", "12345", "1e5"]),
)
def test_any_values_are_refused_or_safe(render: Render, values: Manifest, release: str) -> None:
    note(json.dumps(values))
    try:
        manifests = render(values, release=release)
    except helm_python.HelmError as error:
        message = str(error)
        assert "validate.yaml" in message, message
        assert "execution error" in message
        return
    assert all(is_typed(manifest) for manifest in manifests)
    excluded = values.get("webhooks", {}).get("excludedNamespaces")
    covers_system = excluded is not None and "kube-system" not in excluded
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for webhook in (hook for found in of_kind(manifests, kind) for hook in found["webhooks"]):
            assert not (covers_system and webhook["failurePolicy"] == "Fail")
            assert not (covers_system and webhook["timeoutSeconds"] > 2)
            selector = webhook["namespaceSelector"]["matchExpressions"][0]
            assert NAMESPACE in selector["values"]
            assert all("DELETE" not in rule["operations"] for rule in webhook["rules"])
    pod = only(manifests, "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    if "securityContext" not in values:
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
    for found in of_kind(manifests, "ConfigMap"):
        if "config.yaml" in found.get("data", {}):
            parse_document(found["data"]["config.yaml"].encode())
