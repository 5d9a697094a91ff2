"""Values that the chart's schema allows, a few of the top-level keys at a time."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

from charts.generator.files import CHART
from tests.suites.chart.from_schema import FromSchema

SCHEMA: Final = json.loads((CHART / "values.schema.json").read_text())
RELEASES: Final = ("leasegate", "true", "null", "y", "12345", "1e5")
"""Names of releases, most of which YAML takes for something else than a string."""
NAMESPACE: Final = "leasegate-system"
"""Where the release is; the values name it too, now and then."""
_PEER: Final = {"podSelector": {"matchLabels": {"app": "prometheus"}}}
# What Kubernetes, not the chart, has a schema for.
_INSTEAD: Final = {
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
    ".networkPolicy.egress": st.sampled_from([[], [{"to": [_PEER]}]]),
    ".networkPolicy.operationsFrom": st.sampled_from([[], [_PEER]]),
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


@st.composite
def some_values(draw: st.DrawFn) -> Any:  # noqa: ANN401  values are JSON
    """Set what a few of the top-level keys hold, so that not each example is refused.

    The schema may refuse some: what FromSchema leaves out of it is not looked at.
    """
    names = draw(st.lists(st.sampled_from(sorted(SCHEMA["properties"])), unique=True, max_size=5))
    part = SCHEMA | {"properties": {name: SCHEMA["properties"][name] for name in names}}
    return draw(FromSchema(SCHEMA, _INSTEAD).values(part, ""))
