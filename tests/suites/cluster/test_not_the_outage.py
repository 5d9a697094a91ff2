"""leasegate is not the outage: leaders are elected whatever becomes of it.

A registration that covers kube-system, which nobody should have, and a real kube-controller-manager
and kube-scheduler that are elected through it. Then leasegate dies, freezes or answers nonsense.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from devtools.controlplane import ControlPlane, run_control_plane, wait_for
from devtools.webhook import (
    Behaviour,
    Registration,
    Service,
    make_service,
    misbehave,
    registered,
    serve,
    wait_until_called,
)
from tests.suites.cluster.living_candidate import GROUP, create, holder, lease, moment, spec

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx2

    from devtools.controlplane import Binaries, Component, Process

NAMESPACE: Final = "kube-system"
CANDIDATES: Final = f"{GROUP}/v1beta1/namespaces/{NAMESPACE}/leasecandidates"
COMPONENTS: Final = ("kube-controller-manager", "kube-scheduler")
ELECTED_WITHIN: Final = 15.0
NOT_ELECTED_FOR: Final = 40.0


@dataclass(frozen=True)
class Cluster:
    """A control plane of its own, whose components were elected with leasegate in the way."""

    control_plane: ControlPlane
    api: httpx2.Client
    service: Service
    folder: Path
    components: Sequence[Component]

    def leaders(self) -> list[str]:
        """Return who leads, the empty string for a component without a leader."""
        return [holder(self.api, NAMESPACE, name) for name in COMPONENTS]

    def renewals(self) -> list[str]:
        """Return when each leader renewed its Lease last."""
        found = [lease(self.api, NAMESPACE, name) or {} for name in COMPONENTS]
        return [str(spec.get("renewTime", "")) for spec in found]

    def depose(self, name: str) -> None:
        """Take the leadership from whoever has it, when its candidates must be pinged again."""
        wait_for(lambda: not self._renewed_lately(name), "candidates to need a ping", timeout=120)
        path = f"{GROUP}/v1/namespaces/{NAMESPACE}/leases/{name}"
        self.api.delete(path).raise_for_status()

    def _renewed_lately(self, name: str) -> bool:
        """Whether a candidate counts as having answered already (5 s, electionDuration)."""
        lately = moment(timedelta(seconds=-6))
        return any(item["spec"]["renewTime"] > lately for item in self._candidates(name))

    def _candidates(self, name: str) -> list[dict[str, Any]]:
        items = self.api.get(CANDIDATES).raise_for_status().json()["items"]
        return [item for item in items if item["spec"]["leaseName"] == name]

    def _remove_candidates(self, name: str) -> None:
        for candidate in self._candidates(name):
            self.api.delete(f"{CANDIDATES}/{candidate['metadata']['name']}").raise_for_status()

    def revive(self) -> None:
        """Start again what ended since it lost its leadership, as a kubelet does.

        Its old candidate is removed: as long as it stands there, with the lower creation time, the
        server holds one election after the other.
        """
        for component in self.components:
            if not component.running:
                self._remove_candidates(component.name)
                component.start_and_wait()
        wait_for(lambda: all(self.leaders()), "leaders", timeout=120)

    @contextmanager
    def registered(self, *, timeout_seconds: int) -> Iterator[None]:
        """Register for kube-system, where no answer means that a write passes."""
        registration = Registration(
            [NAMESPACE], failure_policy="Ignore", timeout_seconds=timeout_seconds
        )
        with registered(self.api, registration, self.service):
            yield


@pytest.fixture(scope="module")
def started(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run one, with both components."""
    folder = tmp_path_factory.mktemp("outage")
    with run_control_plane(binaries, folder) as running, running.client() as api:
        service = make_service(api, NAMESPACE, folder)
        components = (running.start_controller_manager(), running.start_scheduler())
        yield Cluster(running, api, service, folder, components)


@pytest.fixture
def cluster(started: Cluster) -> Cluster:
    """Return the cluster when it has its leaders, and no webhook yet."""
    started.revive()
    return started


@contextmanager
def killed(process: Process) -> Iterator[None]:
    process.kill()
    yield


@contextmanager
def frozen(process: Process) -> Iterator[None]:
    process.pause()
    yield


def users(process: Process, logged: int) -> set[str]:
    """Return whose updates leasegate was asked about, after so many characters of its log."""
    decisions = [json.loads(line) for line in process.log.read_text()[logged:].splitlines()]
    return {entry["user"] for entry in decisions if entry.get("operation") == "UPDATE"}


def test_elections_pass_through_leasegate(cluster: Cluster) -> None:
    with (
        serve(cluster.service, cluster.folder) as process,
        cluster.registered(timeout_seconds=1),
    ):
        wait_until_called(cluster.api, NAMESPACE)
        logged = len(process.log.read_text())
        assert_elections_go_on(cluster)
        # The pings of the server, and the answers to them.
        assert {"system:apiserver", "system:kube-scheduler"} <= users(process, logged)


@pytest.mark.parametrize("fate", [killed, frozen], ids=["killed", "frozen"])
def test_elections_go_on_without_leasegate(
    cluster: Cluster, fate: Callable[[Process], AbstractContextManager[None]]
) -> None:
    with (
        serve(cluster.service, cluster.folder) as process,
        cluster.registered(timeout_seconds=1),
    ):
        wait_until_called(cluster.api, NAMESPACE)
        with fate(process):
            assert_elections_go_on(cluster)


@pytest.mark.parametrize("behaviour", Behaviour, ids=lambda behaviour: behaviour.value)
def test_elections_go_on_where_something_else(cluster: Cluster, behaviour: Behaviour) -> None:
    with (
        misbehave(cluster.service, behaviour) as asked,
        cluster.registered(timeout_seconds=1),
    ):
        wait_for(lambda: is_asked(cluster, asked), "the webhook to be asked", timeout=120)
        assert_elections_go_on(cluster)


def is_asked(cluster: Cluster, asked: threading.Event) -> bool:
    """Whether the server has come to know that there is a webhook to ask."""
    create(cluster.api, NAMESPACE, "probe", spec("probe"), dry_run=True)
    return asked.is_set()


def assert_elections_go_on(cluster: Cluster) -> None:
    """Show that leaders stay, and that a new one is elected in time."""
    leaders, renewals = cluster.leaders(), cluster.renewals()
    wait_for(
        lambda: all(new > old for new, old in zip(cluster.renewals(), renewals, strict=True)),
        "the leaders to renew their Leases",
        timeout=30,
    )
    assert cluster.leaders() == leaders
    cluster.depose("kube-scheduler")
    wait_for(lambda: all(cluster.leaders()), "a new election", ELECTED_WITHIN)


def test_with_ten_seconds_of_patience_a_frozen_leasegate_stops_elections(
    cluster: Cluster,
) -> None:
    with (
        serve(cluster.service, cluster.folder) as process,
        cluster.registered(timeout_seconds=10),
    ):
        wait_until_called(cluster.api, NAMESPACE)
        process.pause()
        cluster.depose("kube-scheduler")
        with pytest.raises(TimeoutError):
            wait_for(lambda: holder(cluster.api, NAMESPACE, "kube-scheduler"), "", NOT_ELECTED_FOR)
