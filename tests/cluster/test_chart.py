"""The chart on a real API server: accepted, registered, upgraded, rolled back and removed.

There is no kubelet here, so hooks and waiting are left out, and no pod runs.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cluster.controlplane import Binaries, ControlPlane, wait_for

if TYPE_CHECKING:
    import httpx2

CHART = Path(__file__).parents[2] / "charts" / "leasegate"
EXAMPLES = sorted((CHART / "ci").glob("*-values.yaml"))
CUSTOM = {"Certificate", "Issuer", "ServiceMonitor", "PodMonitor", "PrometheusRule"}
RELEASE = "chart-test"
REGISTRATIONS = "/apis/admissionregistration.k8s.io/v1"
Helm = Callable[..., str]


@pytest.fixture
def helm(binaries: Binaries, control_plane: ControlPlane, namespace: str) -> Iterator[Helm]:
    """Run helm in a namespace of its own, and uninstall what is left."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [
                binaries.path("helm"),
                *arguments,
                f"--kubeconfig={control_plane.kubeconfig}",
                f"--namespace={namespace}",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    yield run
    subprocess.run(
        [
            binaries.path("helm"),
            *("uninstall", RELEASE, "--no-hooks", "--ignore-not-found"),
            f"--kubeconfig={control_plane.kubeconfig}",
            f"--namespace={namespace}",
        ],
        capture_output=True,
        check=True,
    )


def get(api: httpx2.Client, path: str) -> dict[str, Any]:
    answer = api.get(path)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_object_is_accepted_by_the_server(
    helm: Helm, control_plane: ControlPlane, namespace: str, example: Path
) -> None:
    rendered = helm("template", RELEASE, str(CHART), f"--values={example}", "--no-hooks")
    objects = [
        found
        for found in yaml.safe_load_all(rendered)
        if found and found["kind"] not in CUSTOM | {"Pod", "Job"}
    ]
    assert len(objects) > 8
    control_plane.kubectl(
        *("apply", "--server-side", "--dry-run=server", f"--namespace={namespace}", "--filename=-"),
        stdin=yaml.safe_dump_all(objects),
    ).check_returncode()


def test_a_release_is_installed_upgraded_rolled_back_and_removed(
    helm: Helm, api: httpx2.Client, namespace: str
) -> None:
    name = f"{RELEASE}-leasegate"
    path = f"{REGISTRATIONS}/validatingwebhookconfigurations/{name}"
    helm("install", RELEASE, str(CHART), "--no-hooks")
    (webhook,) = get(api, path)["webhooks"]
    assert webhook["failurePolicy"] == "Ignore"
    assert webhook["clientConfig"]["service"]["namespace"] == namespace
    helm(*("upgrade", RELEASE, str(CHART), "--no-hooks", "--set=webhooks.failurePolicy=Fail"))
    assert get(api, path)["webhooks"][0]["failurePolicy"] == "Fail"
    helm("rollback", RELEASE, "1", "--no-hooks")
    assert get(api, path)["webhooks"][0]["failurePolicy"] == "Ignore"
    history = json.loads(helm("history", RELEASE, "--output=json"))
    assert [entry["revision"] for entry in history] == [1, 2, 3]
    helm("uninstall", RELEASE, "--no-hooks")
    assert api.get(path).status_code == 404
    policies = get(api, f"{REGISTRATIONS}/validatingadmissionpolicies")["items"]
    assert not [found for found in policies if found["metadata"]["name"].startswith(RELEASE)]


def test_the_default_install_stops_the_forged_heartbeat_of_a_node(
    helm: Helm, api: httpx2.Client
) -> None:
    def forge() -> httpx2.Response:
        return api.post(
            "/apis/coordination.k8s.io/v1beta1/namespaces/kube-node-lease/leasecandidates",
            params={"dryRun": "All"},
            json={
                "apiVersion": "coordination.k8s.io/v1beta1",
                "kind": "LeaseCandidate",
                "metadata": {"name": "forger"},
                "spec": {
                    "leaseName": "node-1",
                    "binaryVersion": "1.0.0",
                    "strategy": "example.com/forged",
                },
            },
        )

    assert forge().status_code == 201
    helm("install", RELEASE, str(CHART), "--no-hooks")
    wait_for(lambda: forge().status_code == 422, "the policy to act", 20)
    assert "(leasegate rule reserved-target)" in forge().json()["message"]
