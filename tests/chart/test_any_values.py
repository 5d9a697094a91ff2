"""Whatever is set: the chart is refused with a sentence, or what it renders is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import helm_python
from hypothesis import HealthCheck, given, settings, strategies as st

from app.configuration import parse_document
from tests.chart.conftest import NAMESPACE, Render, of_kind, only

if TYPE_CHECKING:
    from tests.chart.conftest import Manifest

NAMES = st.sampled_from(["default", "kube-system", "kube-node-lease", "team-a", NAMESPACE])
NAME_LISTS = st.lists(NAMES, unique=True, max_size=3)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "replicaCount": st.integers(1, 4),
        "hostNetwork": st.booleans(),
        "port": st.sampled_from([443, 8080, 8443, 10250]),
        "terminationGracePeriodSeconds": st.integers(10, 60),
        "certificates": st.fixed_dictionaries(
            {"mode": st.sampled_from(["self", "certManager", "existing"])},
            optional={
                "existing": st.fixed_dictionaries(
                    {"secretName": st.just("mine"), "caBundle": st.just("PEM")}
                )
            },
        ),
        "webhooks": st.fixed_dictionaries(
            {},
            optional={
                "failurePolicy": st.sampled_from(["Ignore", "Fail"]),
                "timeoutSeconds": st.integers(1, 10),
                "excludedNamespaces": NAME_LISTS,
                "skipHeartbeats": st.booleans(),
                "mutating": st.fixed_dictionaries({"enabled": st.booleans()}),
            },
        ),
        "policies": st.fixed_dictionaries(
            {},
            optional={
                "reserved": st.fixed_dictionaries({"enabled": st.booleans()}),
                "rules": st.fixed_dictionaries(
                    {
                        "enabled": st.booleans(),
                        "profile": st.sampled_from(["observe", "recommended", "strict"]),
                    }
                ),
                "mutate": st.fixed_dictionaries({"enabled": st.booleans()}),
                "namespaces": NAME_LISTS,
                "excludedNamespaces": NAME_LISTS,
            },
        ),
        "config": st.fixed_dictionaries(
            {
                "rules": st.fixed_dictionaries(
                    {},
                    optional={
                        "profile": st.sampled_from(["builtin", "observe", "strict"]),
                        "actions": st.dictionaries(
                            st.sampled_from(["version-gap", "strategy-conflict"]),
                            st.sampled_from(["Deny", "Warn", "Audit", "Off"]),
                        ),
                    },
                )
            }
        ),
        "networkPolicy": st.fixed_dictionaries({"enabled": st.booleans()}),
        "test": st.fixed_dictionaries({"namespace": NAMES}),
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=VALUES)
def test_any_values_are_refused_or_safe(render: Render, values: Manifest) -> None:
    refusal = ""
    try:
        manifests = render(values)
    except helm_python.HelmError as error:
        refusal = str(error)
        manifests = []
    if not manifests:
        assert "execution error" in refusal
        assert "; " in refusal
        return
    excluded = values.get("webhooks", {}).get("excludedNamespaces")
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for webhook in (hook for found in of_kind(manifests, kind) for hook in found["webhooks"]):
            covers_system = excluded is not None and "kube-system" not in excluded
            assert not (covers_system and webhook["failurePolicy"] == "Fail")
            assert not (covers_system and webhook["timeoutSeconds"] > 2)
            selector = webhook["namespaceSelector"]["matchExpressions"][0]
            assert NAMESPACE in selector["values"]
            assert all("DELETE" not in rule["operations"] for rule in webhook["rules"])
    pod = only(manifests, "Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    for found in of_kind(manifests, "ConfigMap"):
        parse_document(found["data"]["config.yaml"].encode())
