"""What protects the control plane itself: policies, beside elections that really happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devtools.controlplane import wait_for
from devtools.machine import NAME
from devtools.node import ELECTED
from tests.suites.node.candidates import DENIAL, GROUP, candidate, denied, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from devtools.node import Node
    from tests.suites.node.release import Release

NODE_LEASE = f"{GROUP}/v1/namespaces/kube-node-lease/leases/{NAME}"
FORGER = "intruder"
FORGED = f"{GROUP}/v1beta1/namespaces/kube-node-lease/leasecandidates/{FORGER}"


def holder(api: httpx2.Client, path: str) -> str:
    spec: dict[str, str] = api.get(path).raise_for_status().json()["spec"]
    return spec.get("holderIdentity", "")


def forge(api: httpx2.Client) -> httpx2.Response:
    """Ask kube-apiserver to elect a leader of the Lease that is the node's heartbeat."""
    body: dict[str, Any] = candidate(FORGER, lease=NAME)
    body["spec"]["renewTime"] = "2099-01-01T00:00:00.000000Z"
    return write(api, "kube-node-lease", body)


@pytest.fixture
def dead_node(node: Node, api: httpx2.Client) -> Iterator[None]:
    """Let the kubelet hang, and its heartbeat be an hour old, as if that hour had passed."""
    wait_for(lambda: api.get(NODE_LEASE).is_success, "the first heartbeat", timeout=60)
    old = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    merge = {"Content-Type": "application/merge-patch+json"}
    node.kubelet.pause()
    try:
        change = {"spec": {"renewTime": old}}
        api.patch(NODE_LEASE, json=change, headers=merge).raise_for_status()
        yield
    finally:
        node.kubelet.resume()
    # Kubelet makes its Lease anew, as after a loss.
    api.delete(NODE_LEASE).raise_for_status()
    wait_for(lambda: api.get(NODE_LEASE).is_success, "the heartbeat of the node", timeout=60)


@pytest.mark.usefixtures("dead_node")
def test_without_leasegate_the_heartbeat_of_a_dead_node_can_be_forged(api: httpx2.Client) -> None:
    assert holder(api, NODE_LEASE) == NAME
    # A policy that another release took along may be asked for a moment longer.
    wait_for(lambda: forge(api).status_code == 201, "a forger to be let through", timeout=30)
    wait_for(lambda: holder(api, NODE_LEASE) == FORGER, "the heartbeat to be forged", timeout=60)
    api.delete(FORGED).raise_for_status()


def test_the_default_install_stops_the_forged_heartbeat_with_and_without_pods(
    api: httpx2.Client, release: Release
) -> None:
    release.install()

    def is_stopped() -> bool:
        answer = forge(api)
        if answer.is_success:
            api.delete(FORGED)
        return answer.status_code == 422 and "leasegate rule reserved-target" in answer.text

    wait_for(is_stopped, "the policy to be in force", timeout=30)
    release.kubectl("scale", f"deployment/{release.fullname}", "--replicas=0")
    wait_for(lambda: release.pods() == [], "the pods to go", timeout=60)
    assert is_stopped()
    assert holder(api, NODE_LEASE) == NAME


def test_policies_guard_kube_system_while_its_leaders_are_elected(
    api: httpx2.Client, release: Release
) -> None:
    release.install("policies.rules.enabled=true", "policies.namespaces={kube-system}")

    def is_denied() -> bool:
        return DENIAL in write(api, "kube-system", denied("bad"), dry=True).text

    wait_for(is_denied, "the policy to be in force", timeout=30)
    for name in ELECTED:
        path = f"{GROUP}/v1/namespaces/kube-system/leases/{name}"
        leader = holder(api, path)
        assert leader
        # A Lease that is gone is an election from nothing: candidates are pinged and answer.
        api.delete(path).raise_for_status()

        def is_led(path: str = path) -> bool:
            spec = api.get(path).json().get("spec", {})
            return bool(spec.get("holderIdentity") and spec.get("strategy"))

        wait_for(is_led, f"{name} to have a leader again", timeout=60)
    listed = api.get(f"{GROUP}/v1beta1/namespaces/kube-system/leasecandidates").json()["items"]
    assert {item["spec"]["leaseName"] for item in listed} >= set(ELECTED)
    # What only leaders do is done: a pod is made, scheduled and run.
    release.roll_out()
