"""What goes wrong without leasegate, shown on a real control plane, and prevented by a rule.

Each test shows the harm first, in a namespace for which no webhook is registered.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from devtools.controlplane import wait_for
from devtools.webhook import (
    Registration,
    make_service,
    registered,
    serve,
    wait_until_called,
)
from tests.suites.cluster.living_candidate import create, holder, lease, living, moment, renew, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from devtools.controlplane import ControlPlane
    from devtools.webhook import Service

GUARDED: Final = "guarded"
NODE_LEASES: Final = "kube-node-lease"
# Where an election must not come about, another one that begins at the same time is waited for, and
# then for longer than the 5 s for which the server waits for answers to its pings.
LONGER: Final = 7.0
PATIENCE: Final = 120.0


@pytest.fixture(scope="module")
def service(
    control_plane: ControlPlane, api: httpx2.Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Serve with the recommended rules, conflicts of strategies denied."""
    folder = tmp_path_factory.mktemp("guard")
    api.post("/api/v1/namespaces", json={"metadata": {"name": GUARDED}}).raise_for_status()
    service = make_service(api, GUARDED, folder)
    rules = {"actions": {"strategy-conflict": "Deny"}}
    with (
        serve(service, folder, rules=rules, kubeconfig=control_plane.kubeconfig),
        registered(api, Registration([GUARDED]), service),
    ):
        wait_until_called(api, GUARDED)
        yield service


def assert_denied(answer: httpx2.Response, rule: str) -> None:
    assert answer.status_code == 422, answer.text
    causes = [cause["message"] for cause in answer.json()["details"]["causes"]]
    assert [cause for cause in causes if cause.endswith(f"(leasegate rule {rule})")], causes


def assert_elected(control_plane: ControlPlane, api: httpx2.Client, namespace: str) -> None:
    """Show that an ordinary candidate is elected, and so that elections work."""
    with living(control_plane, namespace, "ordinary", spec("ordinary")):
        wait_for(
            lambda: holder(api, namespace, "ordinary") == "ordinary",
            "an ordinary election",
            PATIENCE,
        )


def assert_nobody_leads(api: httpx2.Client, namespace: str, name: str) -> None:
    """Look for a while longer whether somebody is elected after all."""
    with pytest.raises(TimeoutError):
        wait_for(lambda: holder(api, namespace, name), "a leader", LONGER)


def wait_for_refusals(control_plane: ControlPlane, count: int) -> None:
    """Wait until the server has logged so often that it refused its own Lease."""
    refusal = 'Lease.coordination.k8s.io \\"Not_A_DNS name\\" is invalid'
    log = control_plane.apiserver.log
    wait_for(lambda: log.read_text().count(refusal) >= count, f"refusal {count}", PATIENCE)


@pytest.mark.usefixtures("service")
def test_a_dead_candidate_from_the_future_is_elected_again_and_again(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    ghost = spec("example", emulationVersion="1.34.0", renewTime=moment(timedelta(days=1)))
    create(api, namespace, "ghost", ghost).raise_for_status()
    with living(control_plane, namespace, "alive", spec("example")):
        for _ in range(2):
            wait_for(lambda: holder(api, namespace, "example") == "ghost", "the ghost", PATIENCE)
            path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/example"
            api.delete(path).raise_for_status()

    assert_denied(create(api, GUARDED, "ghost", ghost), "renew-time-in-future")
    with living(control_plane, GUARDED, "alive", spec("haunted")):
        wait_for(lambda: holder(api, GUARDED, "haunted") == "alive", "the living one", PATIENCE)


@pytest.mark.usefixtures("service")
def test_a_ping_from_the_future_blocks_the_election(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    pinged = spec("example", pingTime=moment(timedelta(hours=1)))
    with living(control_plane, namespace, "pinged", pinged):
        assert_elected(control_plane, api, namespace)
        assert_nobody_leads(api, namespace, "example")

    assert_denied(create(api, GUARDED, "pinged", pinged), "ping-time-in-future")


@pytest.mark.usefixtures("service")
def test_a_lease_name_that_no_lease_can_have_fails_with_every_heartbeat(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    unnamed = spec("Not_A_DNS name")
    with living(control_plane, namespace, "unnamed", unnamed):
        wait_for_refusals(control_plane, 1)
        renew(api, namespace, "unnamed")
        wait_for_refusals(control_plane, 2)
    assert lease(api, namespace, "Not_A_DNS%20name") is None

    assert_denied(create(api, GUARDED, "unnamed", unnamed), "lease-name-not-dns")


def test_a_candidate_forges_the_heartbeat_of_a_node(
    control_plane: ControlPlane, api: httpx2.Client, service: Service
) -> None:
    long_ago = moment(timedelta(hours=-1))
    dead = {"holderIdentity": "node-1", "leaseDurationSeconds": 40, "renewTime": long_ago}
    path = f"/apis/coordination.k8s.io/v1/namespaces/{NODE_LEASES}/leases"
    api.post(path, json={"metadata": {"name": "node-1"}, "spec": dead}).raise_for_status()
    with ExitStack() as stack:
        stack.callback(api.delete, f"{path}/node-1")
        stack.enter_context(living(control_plane, NODE_LEASES, "evil", spec("node-1")))
        wait_for(lambda: holder(api, NODE_LEASES, "node-1") == "evil", "a forgery", PATIENCE)
        forged = lease(api, NODE_LEASES, "node-1")
        assert forged is not None
        assert forged["renewTime"] > moment(timedelta(minutes=-1))

    with registered(api, Registration([NODE_LEASES]), service):
        wait_until_called(api, NODE_LEASES)
        assert_denied(create(api, NODE_LEASES, "evil", spec("node-2")), "reserved-target")


@pytest.mark.usefixtures("service")
def test_two_strategies_stop_the_election(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    other = spec("example", strategy="example.com/other")
    with (
        living(control_plane, namespace, "one", spec("example")),
        living(control_plane, namespace, "other", other),
    ):
        wait_for(lambda: lease(api, namespace, "example"), "the first election", PATIENCE)
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/example"
        api.delete(path).raise_for_status()
        assert_elected(control_plane, api, namespace)
        assert_nobody_leads(api, namespace, "example")

    with living(control_plane, GUARDED, "one", spec("example")):
        wait_for(
            lambda: create(api, GUARDED, "other", other, dry_run=True).status_code == 422,
            "the sibling to be seen",
            PATIENCE,
        )
        assert_denied(create(api, GUARDED, "other", other), "strategy-conflict")
        wait_for(lambda: holder(api, GUARDED, "example") == "one", "an election", PATIENCE)
