"""Policies that cover every namespace, kube-system too, do not stand in the way of Kubernetes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.cel_policies import KubeVersion, policies
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Profile, RulesConfiguration
from devtools.controlplane import Binaries, ControlPlane, run_control_plane, wait_for
from tests.cel_policies.writes import Case
from tests.suites.cluster.policies.installed import ADMIN, installed
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

COMPONENTS = ("kube-controller-manager", "kube-scheduler")
COORDINATION = "/apis/coordination.k8s.io"
SECONDS = 60.0


@pytest.fixture(scope="module")
def covered(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Run the components that elect leaders, after the strictest policies came into force."""
    with run_control_plane(binaries, tmp_path_factory.mktemp("covered")) as running:
        with running.client() as api:
            version = KubeVersion.parse(api.get("/version").json()["gitVersion"])
        strictest = RulesConfiguration(profile=Profile.STRICT)
        with installed(running, policies(strictest, version).manifests):
            running.start_controller_manager()
            running.start_scheduler()
            yield running


@pytest.fixture(scope="module")
def covered_api(covered: ControlPlane) -> Iterator[httpx2.Client]:
    with covered.client() as client:
        yield client


def leader(api: httpx2.Client, component: str) -> str:
    lease = api.get(f"{COORDINATION}/v1/namespaces/kube-system/leases/{component}").json()
    return str(lease.get("spec", {}).get("holderIdentity", ""))


def wait_for_leader(api: httpx2.Client, component: str) -> str:
    return wait_for(lambda: leader(api, component), f"a leader of {component}", SECONDS)


@pytest.mark.parametrize("component", COMPONENTS)
def test_components_are_pinged_and_elected_again(
    covered_api: httpx2.Client, component: str
) -> None:
    name = wait_for_leader(covered_api, component)
    lease = f"{COORDINATION}/v1/namespaces/kube-system/leases/{component}"
    url = f"{COORDINATION}/v1beta1/namespaces/kube-system/leasecandidates/{name}"

    def spec() -> dict[str, str]:
        found: dict[str, str] = covered_api.get(url).json()["spec"]
        return found

    def must_be_pinged() -> bool:
        age = MicroTime.at(datetime.now(UTC)).since(MicroTime.parse(spec()["renewTime"]))
        return age > timedelta(seconds=6)

    wait_for(must_be_pinged, "the candidate to be no longer known as alive", SECONDS)
    ping = spec().get("pingTime", "")
    covered_api.delete(lease).raise_for_status()
    wait_for_leader(covered_api, component)
    assert covered_api.get(lease).json()["spec"]["strategy"] == spec()["strategy"]
    assert spec()["pingTime"] > ping
    assert spec()["renewTime"] > spec()["pingTime"]


def test_no_policy_denied_or_erred(covered: ControlPlane, covered_api: httpx2.Client) -> None:
    for component in COMPONENTS:
        wait_for_leader(covered_api, component)
    assert refusals(covered_api) == []
    spec = {"leaseName": "node-1", "binaryVersion": "1.0.0", "strategy": "example.com/a"}
    with Writer(covered) as writer:
        case = Case("kube-node-lease", ADMIN, {"metadata": {"name": "c"}, "spec": spec})
        assert writer.write(case).code == 422
    assert refusals(covered_api) != []


def refusals(api: httpx2.Client) -> list[str]:
    metrics = api.get("/metrics").text
    checks = re.findall(r"(?m)^apiserver_validating_admission_policy_check_total.*$", metrics)
    return [check for check in checks if 'policy="leasegate-' in check]


def test_the_type_check_of_kubernetes_finds_nothing(covered_api: httpx2.Client) -> None:
    url = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

    def checked() -> list[Any] | None:
        found = [
            policy
            for policy in covered_api.get(url).json()["items"]
            if policy["metadata"]["name"].startswith("leasegate-")
        ]
        generations = [
            policy["status"].get("observedGeneration") == policy["metadata"]["generation"]
            for policy in found
        ]
        return found if generations and all(generations) else None

    found = wait_for(checked, "kube-controller-manager to check the policies", SECONDS)
    warnings = {
        policy["metadata"]["name"]: policy["status"].get("typeChecking", {}) for policy in found
    }
    assert warnings == {"leasegate-deny": {}, "leasegate-reserved": {}, "leasegate-warn": {}}
