"""On a real control plane, Leases without holder get an empty one, and all elections go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from app.cel_policies import KubeVersion, Part, policies
from app.leasecandidate.rules import RulesConfiguration
from devtools.controlplane import run_control_plane, wait_for
from tests.suites.cluster.living_candidate import GROUP, holder, lease, living, moment, spec
from tests.suites.cluster.policies.installed import installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx2

    from devtools.controlplane import Binaries, ControlPlane

NAMESPACE: Final = "default"
MERGE: Final = {"Content-Type": "application/merge-patch+json"}
SECONDS: Final = 60.0


@pytest.fixture(scope="module")
def guarded(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Run a control plane on which the policy is in force, if its Kubernetes has the kind."""
    with run_control_plane(binaries, tmp_path_factory.mktemp("guarded")) as running:
        with running.client() as api:
            version = KubeVersion.parse(api.get("/version").json()["gitVersion"])
        made = policies(RulesConfiguration(), version, parts=[Part.LEASE_HOLDER])
        with installed(running, made.manifests):
            yield running


@pytest.fixture(scope="module")
def guarded_api(guarded: ControlPlane) -> Iterator[httpx2.Client]:
    with guarded.client() as client:
        yield client


@pytest.fixture(scope="module")
def controller_manager_of_guarded(guarded: ControlPlane) -> None:
    guarded.start_controller_manager()


@pytest.fixture(scope="module")
def empty(guarded_api: httpx2.Client) -> str | None:
    """What a Lease has that was written without holder: nothing where no policy is made."""
    url = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
    return "" if guarded_api.get(url).is_success else None


def put(api: httpx2.Client, namespace: str, name: str, spec: Mapping[str, object]) -> None:
    body = {"metadata": {"name": name}, "spec": spec}
    api.post(f"{GROUP}/v1/namespaces/{namespace}/leases", json=body).raise_for_status()


def patch(api: httpx2.Client, namespace: str, name: str, spec: Mapping[str, object]) -> None:
    path = f"{GROUP}/v1/namespaces/{namespace}/leases/{name}"
    api.patch(path, json={"spec": spec}, headers=MERGE).raise_for_status()


def holder_of(api: httpx2.Client, namespace: str, name: str) -> object:
    """Return the holder as it is stored, None where there is none."""
    return (lease(api, namespace, name) or {}).get("holderIdentity")


def test_a_lease_that_is_created_without_holder(
    guarded_api: httpx2.Client, empty: str | None
) -> None:
    put(guarded_api, NAMESPACE, "created", {"leaseDurationSeconds": 15})
    assert holder_of(guarded_api, NAMESPACE, "created") == empty


def test_a_lease_that_loses_its_holder(guarded_api: httpx2.Client, empty: str | None) -> None:
    put(guarded_api, NAMESPACE, "released", {"holderIdentity": "a"})
    assert holder_of(guarded_api, NAMESPACE, "released") == "a"
    patch(guarded_api, NAMESPACE, "released", {"holderIdentity": None})
    assert holder_of(guarded_api, NAMESPACE, "released") == empty


def test_leases_of_nodes_are_left_alone(guarded_api: httpx2.Client) -> None:
    put(guarded_api, "kube-node-lease", "node", {"leaseDurationSeconds": 40})
    assert holder_of(guarded_api, "kube-node-lease", "node") is None
    for holder_identity in ("node", None):
        renewal = {"holderIdentity": holder_identity, "renewTime": moment()}
        patch(guarded_api, "kube-node-lease", "node", renewal)
        assert holder_of(guarded_api, "kube-node-lease", "node") == holder_identity


def test_a_third_party_strategy_elects(
    guarded: ControlPlane, guarded_api: httpx2.Client, empty: str | None
) -> None:
    theirs = spec("theirs", strategy="example.com/newest")
    with living(guarded, NAMESPACE, "third", theirs):
        found = wait_for(lambda: lease(guarded_api, NAMESPACE, "theirs"), "a Lease", SECONDS)
        assert (found["strategy"], found.get("holderIdentity")) == ("example.com/newest", empty)
        patch(guarded_api, NAMESPACE, "theirs", {"holderIdentity": "third"})
        assert holder_of(guarded_api, NAMESPACE, "theirs") == "third"


def test_kube_apiserver_elects(guarded: ControlPlane, guarded_api: httpx2.Client) -> None:
    with living(guarded, NAMESPACE, "ours", spec("ours")):
        wait_for(lambda: holder(guarded_api, NAMESPACE, "ours") == "ours", "a leader", SECONDS)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("leader-election-controller", id="kube-apiserver's, not coordinated"),
        pytest.param("kube-controller-manager", id="a coordinated one"),
    ],
)
@pytest.mark.usefixtures("controller_manager_of_guarded")
def test_electors_of_client_go_go_on(guarded_api: httpx2.Client, name: str) -> None:
    wait_for(lambda: holder(guarded_api, "kube-system", name), f"a leader of {name}", SECONDS)

    def renewed() -> str:
        return str((lease(guarded_api, "kube-system", name) or {}).get("renewTime"))

    first = renewed()
    wait_for(lambda: renewed() != first, f"a renewal of {name}", SECONDS)
