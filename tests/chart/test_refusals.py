"""What can lock a cluster out, or cannot work, is not rendered; the sentence says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import helm_python
import pytest

if TYPE_CHECKING:
    from tests.chart.conftest import Manifest, Render

SYSTEM_COVERED = {"excludedNamespaces": ["kube-public"]}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param(
            {"webhooks": {"failurePolicy": "Fail", **SYSTEM_COVERED}},
            "exclude kube-system and cover it with policies.rules instead",
            id="Fail over kube-system",
        ),
        pytest.param(
            {"webhooks": {"failurePolicy": "Fail"}, "replicaCount": 1},
            "set replicaCount to 2 or more",
            id="Fail with one replica",
        ),
        pytest.param(
            {"webhooks": {"failurePolicy": "Fail", "skipHeartbeats": False}},
            "set skipHeartbeats to true",
            id="Fail for heartbeats",
        ),
        pytest.param(
            {"webhooks": {"timeoutSeconds": 5, **SYSTEM_COVERED}},
            "set timeoutSeconds to 1 or exclude kube-system",
            id="a long timeout over kube-system",
        ),
        pytest.param(
            {"certificates": {"mode": "existing"}},
            "give both, or use mode self",
            id="existing without a Secret",
        ),
        pytest.param(
            {"certificates": {"existing": {"secretName": "mine"}}},
            "set the mode, or leave it empty",
            id="a Secret that no mode uses",
        ),
        pytest.param(
            {"certificates": {"certManager": {"issuerRef": {"name": "mine"}}}},
            "set the mode, or leave it empty",
            id="an issuer that no mode uses",
        ),
        pytest.param(
            {"rbac": {"create": False}}, "set rbac.create to true", id="self without its rights"
        ),
        pytest.param(
            {"webhooks": {"mutating": {"enabled": False}}},
            "or use another mode",
            id="self with one webhook",
        ),
        pytest.param(
            {"hostNetwork": True, "port": 10250}, "choose another port", id="the kubelet's port"
        ),
        pytest.param({"port": 8080}, "must differ", id="one port for two"),
        pytest.param(
            {
                "monitoring": {
                    "serviceMonitor": {"enabled": True},
                    "podMonitor": {"enabled": True},
                }
            },
            "enable one of them",
            id="two monitors",
        ),
        pytest.param(
            {"test": {"namespace": "kube-system"}},
            "choose a covered namespace",
            id="a test that nobody sees",
        ),
        pytest.param(
            {"terminationGracePeriodSeconds": 15}, "raise it", id="a grace period below the drain"
        ),
        pytest.param(
            {"config": {"process": {"drainSeconds": 40}}}, "raise it", id="a drain beyond the grace"
        ),
    ],
)
def test_a_dangerous_combination_is_refused(
    render: Render, values: Manifest, sentence: str
) -> None:
    with pytest.raises(helm_python.HelmError) as error:
        render(values)
    assert sentence in str(error.value)


def test_a_policy_that_the_cluster_does_not_have_is_refused(render: Render) -> None:
    values = {"policies": {"mutate": {"enabled": True}}}
    with pytest.raises(helm_python.HelmError, match=r"needs Kubernetes 1\.36"):
        render(values, kube="v1.35.0")
    assert render(values, kube="v1.36.0")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"replicas": 3}, id="an unknown value"),
        pytest.param({"webhooks": {"failurePolicy": "fail"}}, id="a wrong case"),
        pytest.param({"webhooks": {"timeoutSeconds": 0}}, id="no time at all"),
        pytest.param({"webhooks": {"timeoutSeconds": 30}}, id="a timeout beyond ten seconds"),
        pytest.param({"replicaCount": 0}, id="no replicas"),
        pytest.param({"certificates": {"mode": "helm"}}, id="an unknown mode"),
        pytest.param({"config": {"rules": {"profil": "strict"}}}, id="an unknown rule setting"),
        pytest.param({"config": {"rules": {"profile": "all"}}}, id="an unknown profile"),
        pytest.param({"config": {"rules": {"actions": {"version-gap": "No"}}}}, id="no action"),
        pytest.param({"image": {"digest": "latest"}}, id="a digest that is none"),
        pytest.param({"port": 70000}, id="a port that is none"),
    ],
)
def test_the_schema_refuses_what_is_not_there(render: Render, values: Manifest) -> None:
    with pytest.raises(helm_python.HelmValuesError):
        render(values)
