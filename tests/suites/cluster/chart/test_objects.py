"""What a release consists of: accepted by the server, in force, upgraded, rolled back, removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from devtools.controlplane import Options, run_control_plane, wait_for
from tests.suites.cluster.chart.release import (
    CHART,
    FULLNAME,
    NAME,
    REGISTRATIONS,
    Json,
    Release,
    a_release,
    of_kind,
)

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from devtools.controlplane import Binaries

# helm takes seconds, and many more on a busy machine.
pytestmark = pytest.mark.timeout(600)
EXAMPLES = sorted((*CHART.glob("ci/*-values.yaml"), *CHART.glob("examples/*-values.yaml")))
# All options on that go together; the ways to get a certificate exclude each other.
ALL_OPTIONS: Json = {
    "certificates": {"mode": "certManager"},
    "webhooks": {"failurePolicy": "Fail"},
    "policies": {"rules": {"enabled": True, "profile": "strict"}, "mutate": {"enabled": True}},
    "monitoring": {
        "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True},
        "dashboard": {"enabled": True},
    },
    "extraObjects": [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "{{ .Release.Name }}-more", "namespace": "default"},
        }
    ],
}
NOW = "2026-01-02T03:04:05.678901Z"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
EXISTING = {"mode": "existing", "existing": {"secretName": "mine", "caBundle": PEM}}


@pytest.mark.usefixtures("_operators")
@pytest.mark.parametrize(
    "values",
    [
        *(pytest.param(yaml.safe_load(path.read_text()), id=path.name) for path in EXAMPLES),
        pytest.param(ALL_OPTIONS, id="all options"),
    ],
)
def test_every_object_is_accepted_by_the_server(release: Release, values: Json) -> None:
    # A Pod is admitted only where its ServiceAccount is, which a dry-run does not make: see below.
    rendered = release.rendered(release.fitting(values))
    objects = [found for found in rendered if found["kind"] != "Pod"]
    assert len(objects) > 12
    # What the hooks bind rights in is there in a cluster; here it may not be.
    for found in objects:
        if found["metadata"].get("namespace") == "team-a":
            found["metadata"]["namespace"] = "default"
    done = release.control_plane.kubectl(
        *("apply", "--server-side", "--dry-run=server", "--filename=-"),
        stdin=yaml.safe_dump_all(objects),
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "certificates",
    [
        pytest.param({}, id="self"),
        pytest.param(EXISTING, id="existing"),
        pytest.param({"mode": "certManager"}, id="cert-manager, which does not act"),
    ],
)
@pytest.mark.usefixtures("_operators")
def test_a_release_is_installed_upgraded_rolled_back_and_removed(
    release: Release, certificates: Json
) -> None:
    values: Json = {"certificates": certificates}
    notes = release.install(values)
    assert "does not serve LeaseCandidate" not in notes
    for webhook in release.webhooks():
        assert webhook["failurePolicy"] == "Ignore"
        assert webhook["timeoutSeconds"] == 1
        assert webhook["clientConfig"]["service"]["namespace"] == release.namespace
        assert ("caBundle" in webhook["clientConfig"]) is (certificates is EXISTING)
    everything = {
        "policies": {"rules": {"enabled": True}, "mutate": {"enabled": True}},
        "webhooks": {"failurePolicy": "Fail"},
    }
    before = set(release.registered())
    release.upgrade(values | release.fitting(everything))
    assert {webhook["failurePolicy"] for webhook in release.webhooks()} == {"Fail"}
    added = {name.partition("/")[0] for name in set(release.registered()) - before}
    assert added == {"validatingadmissionpolicies", "validatingadmissionpolicybindings"} | (
        {"mutatingadmissionpolicies", "mutatingadmissionpolicybindings"}
        if release.may_mutate
        else set()
    )
    release.helm("rollback", NAME, "1", "--no-hooks")
    assert {webhook["failurePolicy"] for webhook in release.webhooks()} == {"Ignore"}
    assert set(release.registered()) == before
    history = json.loads(release.helm("history", NAME, "--output=json"))
    assert [entry["revision"] for entry in history] == [1, 2, 3]
    release.helm("uninstall", NAME, "--no-hooks")
    assert release.registered() == []


@pytest.mark.usefixtures("controller_manager")  # makes the ServiceAccount default
def test_pods_are_admitted_to_a_namespace_that_enforces_restricted(release: Release) -> None:
    release.api.patch(
        f"/api/v1/namespaces/{release.namespace}",
        json={"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()
    objects = release.rendered({"webhooks": {"failurePolicy": "Fail"}})
    pods = [found["spec"] for found in of_kind(objects, "Pod")]
    pods += [
        found["spec"]["template"]["spec"]
        for found in [*of_kind(objects, "Deployment"), *of_kind(objects, "Job")]
    ]
    assert len(pods) == 3

    def admitted(spec: Json) -> httpx2.Response:
        return release.api.post(
            f"/api/v1/namespaces/{release.namespace}/pods?dryRun=All",
            json={
                "metadata": {"generateName": "pod-"},
                "spec": spec | {"serviceAccountName": "default"},
            },
        )

    accounts = f"/api/v1/namespaces/{release.namespace}/serviceaccounts/default"
    wait_for(lambda: release.api.get(accounts).is_success, "the default ServiceAccount", 120)
    for spec in pods:
        answer = admitted(spec)
        assert answer.status_code == 201, answer.text
        assert "warning" not in answer.headers
    refused = admitted(pods[0] | {"hostNetwork": True})
    assert refused.status_code == 403
    assert "violates PodSecurity" in refused.text


def candidate(api: httpx2.Client, namespace: str, name: str, **spec: str) -> httpx2.Response:
    return api.post(
        f"/apis/coordination.k8s.io/v1beta1/namespaces/{namespace}/leasecandidates",
        params={"dryRun": "All"},
        json={
            "metadata": {"name": name},
            "spec": {
                "leaseName": "node-1",
                "binaryVersion": "1.0.0",
                "strategy": "example.com/forged",
                **spec,
            },
        },
    )


def test_the_default_install_stops_the_forged_heartbeat_of_a_node(
    release: Release, api: httpx2.Client
) -> None:
    def forge() -> httpx2.Response:
        return candidate(api, "kube-node-lease", "forger")

    wait_for(lambda: forge().status_code == 201, "other policies to be gone", 120)
    release.install({})
    wait_for(lambda: forge().status_code == 422, "the policy to act", 120)
    assert "(leasegate rule reserved-target)" in forge().json()["message"]
    for lease in ("leader-election-controller", "apiserver-abc"):
        answer = candidate(api, "kube-system", "forger", leaseName=lease)
        assert "(leasegate rule reserved-target)" in answer.text
    assert candidate(api, "kube-system", "honest", leaseName="kube-scheduler").status_code == 201
    release.helm("uninstall", NAME, "--no-hooks")
    wait_for(lambda: forge().status_code == 201, "the policy to be gone", 120)


def test_the_policies_act_where_they_are_to_and_no_pod_is_needed(
    release: Release, api: httpx2.Client, covered: str
) -> None:
    values: Json = {
        "policies": {
            "rules": {"enabled": True, "profile": "strict"},
            "mutate": {"enabled": True},
            "namespaces": [covered],
        }
    }
    release.install(release.fitting(values))
    wrong = {"leaseName": "Not a Lease's name"}
    denial = "(leasegate rule lease-name-not-dns)"
    wait_for(lambda: denial in candidate(api, covered, "c", **wrong).text, "the policies", 120)

    def leading_v() -> httpx2.Response:
        return candidate(api, covered, "c", binaryVersion="v1.0.0", renewTime=NOW)

    wait_for(lambda: leading_v().is_success is release.may_mutate, "the mutating policy", 120)
    assert ('"binaryVersion":"1.0.0"' in leading_v().text) is release.may_mutate
    assert denial not in candidate(api, "default", "c", **wrong).text
    assert release.get(f"{REGISTRATIONS}/validatingadmissionpolicies/{FULLNAME}-reserved")


def test_the_mutating_policy_is_for_servers_that_have_the_kind(release: Release) -> None:
    values: Json = {"policies": {"mutate": {"enabled": True}}}
    install = ("install", NAME, str(CHART), "--no-hooks", "--dry-run=server")
    if release.may_mutate:
        assert f"{FULLNAME}-strip-v" in release.helm(*install, values=values)
    else:
        with pytest.raises(AssertionError, match=r"needs Kubernetes 1\.36 or newer; disable it"):
            release.helm(*install, values=values)


def test_a_cluster_without_lease_candidates_takes_it_and_says_so(
    binaries: Binaries, tmp_path: Path
) -> None:
    served = "coordination.k8s.io/v1beta1=false,coordination.k8s.io/v1alpha2=false"
    flags = ["--feature-gates=CoordinatedLeaderElection=false", f"--runtime-config={served}"]
    with (
        run_control_plane(binaries, tmp_path, Options(flags=flags)) as plain,
        plain.client() as api,
        a_release(plain, api, "default") as release,
    ):
        assert api.get("/apis/coordination.k8s.io/v1beta1/leasecandidates").status_code == 404
        notes = release.install({"policies": {"rules": {"enabled": True}}})
        assert "does not serve LeaseCandidate" in notes
        assert "--runtime-config=coordination.k8s.io/v1beta1=true" in notes
        assert len(release.webhooks()) == 2
