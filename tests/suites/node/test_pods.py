"""The pods of a default release: what they may do, how they are watched, how they go and come."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from devtools.controlplane import wait_for
from devtools.machine import NAME
from tests.suites.node.candidates import is_guarded

if TYPE_CHECKING:
    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.suites.node.release import Release

STATUS = """
import os, pathlib
wanted = ("Uid", "Gid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")
for line in pathlib.Path("/proc/1/status").read_text().splitlines():
    name, _, value = line.partition(":")
    if name in wanted:
        print(name, value.split()[0])
for folder in ("/", "/opt", "/etc", "/etc/leasegate/config", "/var/run", "/tmp"):
    print("writable" if os.access(folder, os.W_OK) else "read-only", folder)
"""


def in_pod(release: Release, code: str) -> str:
    """Run Python in a pod, where there is no shell to rely on."""
    pod = release.ready_pods()[0]["metadata"]["name"]
    return release.kubectl("exec", pod, "--", "python3", "-c", code)


def test_the_process_has_no_rights_that_the_kernel_could_give(installed: Release) -> None:
    lines = in_pod(installed, STATUS).splitlines()
    assert set(lines[:6]) == {
        "Uid 65532",
        "Gid 65532",
        "CapEff 0000000000000000",
        "CapBnd 0000000000000000",
        "NoNewPrivs 1",
        "Seccomp 2",
    }


def test_only_tmp_can_be_written(installed: Release) -> None:
    lines = in_pod(installed, STATUS).splitlines()
    assert [line for line in lines if line.startswith("writable")] == ["writable /tmp"]
    code = "import pathlib; pathlib.Path('/opt/x').write_text('x')"
    pod = installed.ready_pods()[0]["metadata"]["name"]
    kubectl = installed.node.control_plane.kubectl
    refused = kubectl(
        "exec", pod, f"--namespace={installed.namespace}", "--", "python3", "-c", code
    )
    assert refused.returncode != 0
    assert "Read-only file system" in refused.stderr


@pytest.mark.parametrize(
    ("verb", "what", "allowed"),
    [
        ("get", "secret/gate-leasegate-tls", True),
        ("patch", "secret/gate-leasegate-tls", True),
        ("get", "secret/another", False),
        ("list", "secrets", False),
        ("delete", "secret/gate-leasegate-tls", False),
        ("get", "validatingwebhookconfigurations/gate-leasegate", True),
        ("patch", "mutatingwebhookconfigurations/gate-leasegate", True),
        ("patch", "mutatingwebhookconfigurations/another", False),
        ("delete", "validatingwebhookconfigurations/gate-leasegate", False),
        ("list", "validatingwebhookconfigurations", False),
        ("watch", "leasecandidates", True),
        ("create", "leasecandidates", False),
        ("update", "leases", False),
        ("get", "configmaps", False),
        ("create", "pods", False),
        ("create", "serviceaccounts/gate-leasegate/token", False),
    ],
)
def test_the_service_account_has_these_rights(
    installed: Release, verb: str, what: str, *, allowed: bool
) -> None:
    user = f"--as=system:serviceaccount:{installed.namespace}:{installed.fullname}"
    kubectl = installed.node.control_plane.kubectl
    asked = kubectl("auth", "can-i", verb, what, user, f"--namespace={installed.namespace}")
    assert asked.stdout.strip() == ("yes" if allowed else "no")


def test_the_pods_run_under_their_own_service_account_where_restricted_is_enforced(
    installed: Release,
) -> None:
    for pod in installed.ready_pods():
        assert pod["spec"]["serviceAccountName"] == installed.fullname
    # Nothing that is admitted in spite of a policy: the namespace enforces `restricted`.
    namespace = json.loads(installed.kubectl("get", "namespace", installed.namespace, "-ojson"))
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_process_that_answers_no_probe_is_taken_out_and_started_again(
    installed: Release,
) -> None:
    # The probe as the chart has it, only sooner than after a minute.
    sooner = {"name": "leasegate", "livenessProbe": {"periodSeconds": 2, "failureThreshold": 3}}
    patch = {"spec": {"template": {"spec": {"containers": [sooner]}}}}
    deployment = f"deployment/{installed.fullname}"
    installed.kubectl("patch", deployment, f"--patch={json.dumps(patch)}")
    installed.kubectl("rollout", "status", deployment, "--timeout=90s", timeout=100)
    installed.settle()
    (pod, *_) = installed.ready_pods()
    name = pod["metadata"]["name"]
    (status,) = pod["status"]["containerStatuses"]
    os.kill(installed.node.container_pid(status["containerID"]), signal.SIGSTOP)

    def is_out() -> bool:
        return name not in {one["metadata"]["name"] for one in installed.ready_pods()}

    wait_for(is_out, "the frozen pod to be unready", timeout=60)
    wait_for(lambda: restarts(installed, name) == 1, "it to be started again", timeout=100)
    installed.settle()


def restarts(release: Release, name: str) -> int:
    pod = next(pod for pod in release.pods() if pod["metadata"]["name"] == name)
    count: int = pod["status"]["containerStatuses"][0]["restartCount"]
    return count


def evict(api: httpx2.Client, pod: dict[str, Any]) -> httpx2.Response:
    metadata = {key: pod["metadata"][key] for key in ("name", "namespace")}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/eviction"
    return api.post(path, json=body)


def test_a_drain_takes_one_pod_and_waits_with_the_second_which_answers_on(
    installed: Release, control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    installed.settle()
    budgets = f"/apis/policy/v1/namespaces/{installed.namespace}/poddisruptionbudgets"

    def allowed() -> bool:
        budget = api.get(f"{budgets}/{installed.fullname}").json()
        return bool(budget["status"]["disruptionsAllowed"] == 1)

    wait_for(allowed, "a disruption to be allowed", timeout=30)
    # There is no other node for the successor of the first.
    pods = f"--pod-selector=app.kubernetes.io/instance={installed.name}"
    limits = ("--delete-emptydir-data", "--timeout=8s")
    try:
        drained = control_plane.kubectl("drain", NAME, pods, *limits, timeout=60)
        assert drained.returncode != 0
        assert "would violate the pod's disruption budget" in drained.stdout + drained.stderr
        (left,) = installed.ready_pods()
        # A call that takes longer than its second, beside other nodes, lets its write pass.
        wait_for(lambda: is_guarded(api, namespace), "the second to answer", timeout=30)
        assert installed.ready_pods() == [left]
        assert evict(api, left).status_code == 429
    finally:
        control_plane.kubectl("uncordon", NAME).check_returncode()
    installed.settle()
    wait_for(lambda: evict(api, left).status_code == 201, "the second to be let go", timeout=30)
    installed.settle()


def test_a_pod_that_is_deleted_ends_by_itself_and_successfully(
    installed: Release, api: httpx2.Client
) -> None:
    installed.settle()
    (pod, *_) = installed.ready_pods()
    name = pod["metadata"]["name"]
    watched = {"watch": "1", "fieldSelector": f"metadata.name={name}", "timeoutSeconds": "60"}
    ended: dict[str, Any] = {}
    path = f"/api/v1/namespaces/{installed.namespace}/pods"
    with api.stream("GET", path, params=watched, timeout=90) as events:
        api.delete(f"{path}/{name}").raise_for_status()
        for line in events.iter_lines():
            event = json.loads(line)
            for status in event["object"]["status"].get("containerStatuses", []):
                ended = status["state"].get("terminated", ended)
            if event["type"] == "DELETED":
                break
    # 137 would be the kernel's SIGKILL, at the end of the grace period.
    assert (ended["reason"], ended["exitCode"]) == ("Completed", 0)
    installed.settle()
