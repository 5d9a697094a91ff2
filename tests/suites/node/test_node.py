"""The node itself: it is real, and its parts elect as those of a cluster do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import wait_for
from devtools.machine import NAME
from devtools.node import ELECTED, Node
from tests.suites.node.candidates import GROUP

if TYPE_CHECKING:
    import httpx2


def test_the_node_is_ready_and_of_the_release_of_its_control_plane(
    node: Node, api: httpx2.Client
) -> None:
    info = api.get(f"/api/v1/nodes/{NAME}").json()["status"]["nodeInfo"]
    assert info["kubeletVersion"] == node.control_plane.version
    assert info["containerRuntimeVersion"].startswith("containerd://2.")


@pytest.mark.parametrize("name", ELECTED)
@pytest.mark.usefixtures("node")
def test_the_leader_was_elected_among_candidates(api: httpx2.Client, name: str) -> None:
    def leader() -> str | None:
        spec = api.get(f"{GROUP}/v1/namespaces/kube-system/leases/{name}").json().get("spec", {})
        return spec.get("holderIdentity") if spec.get("strategy") else None

    holder = wait_for(leader, f"a leader of {name}", timeout=60)
    path = f"{GROUP}/v1beta1/namespaces/kube-system/leasecandidates/{holder}"
    assert api.get(path).json()["spec"]["leaseName"] == name


def test_a_pod_runs_answers_and_says_what_it_logged(node: Node, namespace: str) -> None:
    kubectl = node.control_plane.kubectl
    kubectl(
        *("run", "hello", f"--namespace={namespace}", "--image=leasegate:other", "--restart=Never"),
        *("--command", "--", "leasegate", "version"),
    ).check_returncode()
    waiting = ("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/hello", "--timeout=60s")
    done = kubectl(*waiting, f"--namespace={namespace}", timeout=70)
    assert done.returncode == 0, done.stderr
    assert "leasegate" in kubectl("logs", "hello", f"--namespace={namespace}").stdout
