"""What can lock a cluster out, or cannot work, is not rendered; the sentence says what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import helm_python
import pytest

from charts.generator.files import CHART
from tests.suites.chart.release import PEM

if TYPE_CHECKING:
    from tests.suites.chart.conftest import Manifest, Render

SYSTEM_COVERED = {"excludedNamespaces": ["kube-public"]}
KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
OFF = {"enabled": False}
FAIL = {"failurePolicy": "Fail"}
REFUSED = [
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
        {"webhooks": {"timeoutSeconds": 2, **SYSTEM_COVERED}},
        "set timeoutSeconds to 1 or exclude kube-system",
        id="two seconds for four calls over kube-system",
    ),
    pytest.param(
        {"webhooks": FAIL, "podDisruptionBudget": {"enabled": False}},
        "set podDisruptionBudget.enabled to true",
        id="Fail without a budget",
    ),
    pytest.param(
        {"webhooks": FAIL, "podDisruptionBudget": {"maxUnavailable": 2}},
        "lower podDisruptionBudget.maxUnavailable",
        id="Fail with a budget for all replicas",
    ),
    pytest.param(
        {"webhooks": FAIL, "podDisruptionBudget": {"maxUnavailable": "51%"}},
        "lower podDisruptionBudget.maxUnavailable",
        id="Fail with a budget that is rounded up to all replicas",
    ),
    pytest.param(
        {"webhooks": FAIL, "updateStrategy": {"type": "Recreate"}},
        "use RollingUpdate with a lower maxUnavailable",
        id="Fail with an upgrade that takes all pods first",
    ),
    pytest.param(
        {"webhooks": FAIL, "updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}}},
        "use RollingUpdate with a lower maxUnavailable",
        id="Fail with an upgrade that may take all pods",
    ),
    pytest.param(
        {"dnsPolicy": "None"}, "give dnsConfig.nameservers", id="no DNS and no name server"
    ),
    pytest.param(
        {
            "certificates": {"mode": "certManager"},
            "webhooks": {"mutating": OFF, "validating": OFF},
        },
        "enable webhooks.validating or webhooks.mutating",
        id="no webhook at all",
    ),
    pytest.param(
        {
            "certificates": {
                "mode": "existing",
                "existing": {"secretName": "mine", "caBundle": PEM + KEY},
            }
        },
        "give the CA certificates alone",
        id="a private key for all to read",
    ),
    pytest.param(
        {"clientCertificates": {"caBundle": PEM}},
        "name who may, such as kube-apiserver",
        id="a client CA for everybody",
    ),
    pytest.param(
        {"clientCertificates": {"names": ["kube-apiserver"]}},
        "give both, or neither",
        id="names that nothing verifies",
    ),
    pytest.param(
        {"clientCertificates": {"names": ["kube-apiserver"], "caBundle": PEM + KEY}},
        "everybody could read in the ConfigMap",
        id="a client CA's private key for all to read",
    ),
    pytest.param(
        {"webhooks": {"url": "https://gate.example.com"}},
        "set certificates.mode to existing",
        id="a URL that no certificate names",
    ),
    pytest.param(
        {
            "certificates": {
                "mode": "certManager",
                "certManager": {"duration": "24h", "renewBefore": "24h"},
            }
        },
        "lower it",
        id="a certificate that is renewed without end",
    ),
    pytest.param(
        {"serviceAccount": {"create": False}},
        "set serviceAccount.create to true, or name another one",
        id="rights for every pod of the namespace",
    ),
    pytest.param(
        {"service": {"port": 8080}},
        "service.port and operationsPort",
        id="one port of the Service for two",
    ),
    pytest.param(
        {"hostNetwork": True, "hostUsers": False},
        "leave hostUsers null",
        id="a user namespace on the node's network",
    ),
    pytest.param(
        {"service": {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6", "IPv4"]}},
        "use PreferDualStack",
        id="two families in a single stack",
    ),
    pytest.param({"fullnameOverride": "1gate"}, "set fullnameOverride", id="a name for no Service"),
    pytest.param(
        {"hostNetwork": True, "operationsPort": 10256},
        "choose another port",
        id="the port of kube-proxy",
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
]


@pytest.mark.parametrize(("values", "sentence"), REFUSED)
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


def test_each_refusal_stands_in_the_table_above() -> None:
    text = (CHART / "templates" / "validate.yaml").read_text()
    sentences = re.findall(r'fail (?:\(printf )?"(.*?)"', text)
    assert len(sentences) == text.count("- fail ")
    tested = [str(row.values[1]) for row in REFUSED] + ["needs Kubernetes 1.36"]
    for sentence in sentences:
        assert any(part in sentence for part in tested), sentence
        assert "; " in sentence


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
        pytest.param({"port": 443}, id="a port that needs a capability"),
        pytest.param({"config": {"process": {"drainSecondz": 5}}}, id="an unknown process setting"),
        pytest.param(
            {"config": {"process": {"port": 9}}}, id="a setting that the chart decides on"
        ),
        pytest.param({"config": {"process": {"bodyLimit": "8"}}}, id="a setting of a wrong type"),
        pytest.param({"config": {"process": {"logLevel": "loud"}}}, id="no level of the log"),
        pytest.param({"config": {"rules": {"actions": {"gap": "Off"}}}}, id="an unknown rule"),
        pytest.param(
            {"config": {"rules": {"actions": {"lease-name-immutable": "Off"}}}},
            id="an action for a rule of kube-apiserver",
        ),
        pytest.param(
            {"config": {"rules": {"exemptions": [{"reason": "none"}]}}}, id="everybody exempted"
        ),
        pytest.param({"config": None}, id="a part that is removed"),
        pytest.param({"webhooks": {"timeoutSeconds": None}}, id="a default that is removed"),
        pytest.param({"extraArgs": ["--port=9"]}, id="a flag of the chart"),
        pytest.param({"extraArgs": ["--drain-seconds", "99"]}, id="a drain beyond the grace"),
        pytest.param({"extraEnv": [{"name": "LEASEGATE_DRAIN_SECONDS"}]}, id="the same in env"),
        pytest.param({"commonLabels": {"app.kubernetes.io/name": "x"}}, id="a label of the chart"),
        pytest.param({"extraVolumes": [{"name": "tls"}]}, id="a volume of the chart"),
        pytest.param(
            {"extraVolumeMounts": [{"name": "a", "mountPath": "/etc/leasegate/config"}]},
            id="a mount over one of the chart",
        ),
        pytest.param({"podLabels": {"app.kubernetes.io/instance": "x"}}, id="a selector's label"),
        pytest.param({"webhooks": {"url": "http://gate.example.com"}}, id="a URL without TLS"),
        pytest.param(
            {"certificates": {"mode": "existing", "existing": {"caBundle": "AAAA"}}},
            id="a caBundle that is no PEM",
        ),
    ],
)
def test_the_schema_refuses_what_is_not_there(render: Render, values: Manifest) -> None:
    with pytest.raises(helm_python.HelmValuesError):
        render(values)
