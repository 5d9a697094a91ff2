"""What a candidate can do to others on a real cluster, and that policies alone prevent it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.cel_policies import KubeVersion, Part, policies
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import RulesConfiguration
from devtools.controlplane import ControlPlane, wait_for
from tests.cel_policies.writes import Case
from tests.suites.cluster.policies.installed import ADMIN, installed
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

COORDINATION = "/apis/coordination.k8s.io"
KINDS = {Part.RESERVED, Part.DENY}


def candidate(namespace: str, lease_name: str) -> Case:
    spec = {
        "leaseName": lease_name,
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.36.0",
        "strategy": "OldestEmulationVersion",
        "renewTime": str(MicroTime.at(datetime.now(UTC))),
    }
    return Case(namespace, ADMIN, {"metadata": {"name": f"evil-{uuid.uuid4()}"}, "spec": spec})


@pytest.fixture
def writer(control_plane: ControlPlane) -> Iterator[Writer]:
    with Writer(control_plane) as writer:
        yield writer


@pytest.fixture
def dead_node(api: httpx2.Client) -> str:
    """Make the Lease of a node that has not renewed it for long."""
    name = f"node-{uuid.uuid4()}"
    lease = {
        "metadata": {"name": name},
        "spec": {
            "holderIdentity": name,
            "leaseDurationSeconds": 40,
            "renewTime": "2026-01-02T03:04:05.000000Z",
        },
    }
    namespaces = "/api/v1/namespaces"
    api.post(namespaces, json={"metadata": {"name": "kube-node-lease"}})
    api.post(f"{COORDINATION}/v1/namespaces/kube-node-lease/leases", json=lease).raise_for_status()
    return name


def holder(api: httpx2.Client, node: str) -> str:
    lease = api.get(f"{COORDINATION}/v1/namespaces/kube-node-lease/leases/{node}").json()
    return str(lease["spec"]["holderIdentity"])


def test_a_candidate_forges_the_heartbeat_of_a_node(
    api: httpx2.Client, writer: Writer, dead_node: str
) -> None:
    case = candidate("kube-node-lease", dead_node)
    name = case.object["metadata"]["name"]
    assert writer.write(case, dry_run=False).code == 201
    try:
        wait_for(lambda: holder(api, dead_node) == name, "kube-apiserver to forge it", 120)
    finally:
        url = f"{COORDINATION}/v1beta1/namespaces/kube-node-lease/leasecandidates/{name}"
        api.delete(url).raise_for_status()


def test_no_candidate_stands_for_the_lease_of_a_node_where_the_policy_is(
    control_plane: ControlPlane, api: httpx2.Client, writer: Writer, dead_node: str
) -> None:
    reserved = policies(RulesConfiguration(), KubeVersion(32), parts=[Part.RESERVED]).manifests
    with installed(control_plane, reserved):
        answer = writer.write(candidate("kube-node-lease", dead_node), dry_run=False)
    assert answer.code == 422
    assert answer.message.endswith("stand for another one (leasegate rule reserved-target)")
    candidates = api.get(f"{COORDINATION}/v1beta1/namespaces/kube-node-lease/leasecandidates")
    assert dead_node not in [item["spec"]["leaseName"] for item in candidates.json()["items"]]
    assert holder(api, dead_node) == dead_node


@pytest.mark.parametrize(
    ("namespace", "lease_name", "rule"),
    [
        pytest.param(
            "kube-system", "leader-election-controller", "reserved-target", id="the elector's lock"
        ),
        pytest.param("kube-system", "apiserver-1234", "reserved-target", id="a server's identity"),
        pytest.param("default", "Not_A_DNS name", "lease-name-not-dns", id="no name of a Lease"),
    ],
)
def test_a_candidate_that_does_harm_is_accepted_and_with_policies_refused(
    control_plane: ControlPlane,
    writer: Writer,
    namespace: str,
    lease_name: str,
    rule: str,
) -> None:
    case = candidate(namespace, lease_name)
    assert writer.write(case).code == 201
    with installed(
        control_plane, policies(RulesConfiguration(), KubeVersion(32), parts=KINDS).manifests
    ):
        answer = writer.write(case)
        allowed = writer.write(candidate(namespace, "kube-scheduler"))
    assert answer.code == 422
    assert answer.message.endswith(f"(leasegate rule {rule})")
    assert allowed.code == 201
