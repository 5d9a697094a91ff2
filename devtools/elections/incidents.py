"""Bring about what docs/explain.md explains, on a real control plane, and save it as files.

`python -m devtools.elections.incidents` writes examples/incidents/*.yaml, as `kubectl get
leases,leasecandidates -o yaml --show-managed-fields` prints them; only the name of this machine is
replaced. It takes two minutes.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from app.explain.objects import Key
from app.explain.snapshot import CONTROLLER
from devtools.controlplane import run_control_plane
from devtools.elections.processes import Process
from devtools.programs.binaries import find_binaries

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

    from devtools.controlplane import ControlPlane

FOLDER: Final = Path(__file__).parents[2] / "examples" / "incidents"

_SCHEDULER: Final = Key("kube-system", "kube-scheduler")
_MANAGER: Final = Key("kube-system", "kube-controller-manager")
_OLD: Final = ("1.35.4", "1.35.0")
_NEW: Final = ("1.36.3", "1.36.0")
_BEHIND: Final = timedelta(seconds=-6)


@dataclass(frozen=True)
class Act:
    """Processes that start at some second, and some that stop then."""

    second: float
    starts: Sequence[Process] = ()
    stops: Sequence[Process] = ()


@dataclass(frozen=True)
class Incident:
    """What happens to one Lease, and when it is saved."""

    name: str
    key: Key
    acts: Sequence[Act]
    saved: float


def incidents() -> list[Incident]:
    """Return what is brought about at the same time."""
    conflict, stall = Key("team", "ingest"), Key("team", "reports")
    behind, tie = Key("team", "billing"), Key("team", "cache")

    def ingest(letter: str, version: str, **change: Any) -> Process:  # noqa: ANN401
        name = f"ingest-{letter}"
        return Process(conflict, name, (version, version), manager="ingest", **change)

    def scheduler(name: str, **change: Any) -> Process:  # noqa: ANN401
        versions = ("1.37.2", "1.37.0")
        return Process(_SCHEDULER, name, versions, manager="kube-scheduler", **change)

    cp_1 = scheduler("cp-1_b2b0c1f4")
    expired = ingest("c", "2.3.1", age=timedelta(minutes=31), answers=False, leads=False)
    plain = Process(
        _MANAGER, "cp-1", _OLD, coordinated=False, stands=False, manager="kube-controller-manager"
    )
    better = Process(_MANAGER, "cp-3_0d7f52a9", _NEW, manager="kube-controller-manager")
    other = ingest("b", "2.4.0", strategy="example.com/newest", leads=False)
    return [
        Incident(
            "strategies-conflict",
            conflict,
            [Act(0, [ingest("a", "2.4.0"), expired]), Act(15, [other])],
            50,
        ),
        Incident(
            "silent-candidates",
            _SCHEDULER,
            [
                Act(0, [cp_1]),
                Act(8, [scheduler("cp-2_57ae09d3", answers=False)]),
                Act(9, [scheduler("cp-3_91c2be70", offset=_BEHIND)]),
                Act(20, stops=[cp_1]),
            ],
            62,
        ),
        Incident("leader-does-not-yield", _MANAGER, [Act(0, [plain]), Act(15, [better])], 55),
        Incident(
            "stalled",
            stall,
            [Act(0, [Process(stall, "reports-0", leads=False, manager="reports")])],
            40,
        ),
        Incident(
            "clock-behind",
            behind,
            [Act(0, [Process(behind, "billing-0", offset=_BEHIND, manager="billing")])],
            30,
        ),
        Incident(
            "tie",
            tie,
            [Act(0, [Process(tie, f"cache-{number}", manager="cache") for number in range(3)])],
            8,
        ),
    ]


def upgrade() -> list[Incident]:
    """Return a control plane of three nodes in which nothing is wrong."""
    names = ("cp-1_b2b0c1f4", "cp-2_57ae09d3", "cp-3_91c2be70")
    processes = [Process(_SCHEDULER, name, _NEW, manager="kube-scheduler") for name in names]
    acts = [Act(2.0 * number, [process]) for number, process in enumerate(processes)]
    return [Incident("healthy", _SCHEDULER, acts, 20)]


def bring_about(control_plane: ControlPlane, found: Sequence[Incident]) -> None:
    """Let it all happen at once, and save each when its time has come."""
    running: list[Process] = []
    began = time.monotonic()
    acts = sorted((act for each in found for act in each.acts), key=lambda act: act.second)
    to_save = sorted(found, key=lambda incident: incident.saved)
    with control_plane.client() as api:
        while to_save:
            second = time.monotonic() - began
            while acts and acts[0].second <= second:
                act = acts.pop(0)
                for process in act.starts:
                    process.start(api)
                running += act.starts
                running = [process for process in running if process not in act.stops]
            for process in running:
                process.tick(api)
            while to_save and to_save[0].saved <= second:
                _save(control_plane, to_save.pop(0))
            time.sleep(0.2)


def _save(control_plane: ControlPlane, incident: Incident) -> None:
    items: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for namespace in {incident.key.namespace, CONTROLLER.namespace}:
        listed = control_plane.kubectl(
            *("get", "leases,leasecandidates", "-n", namespace, "-o", "yaml"),
            "--show-managed-fields",
        )
        for item in yaml.safe_load(listed.stdout)["items"]:
            spec, name = item["spec"], item["metadata"]["name"]
            key = Key(namespace, spec.get("leaseName", name))
            if key in {incident.key, CONTROLLER}:
                items[item["kind"]].append(item)
    document = {
        "apiVersion": "v1",
        "kind": "List",
        "items": items["Lease"] + items["LeaseCandidate"],
    }
    text = yaml.safe_dump(document, width=100).replace(socket.gethostname(), "cp-1")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{incident.name}.yaml").write_text(text)
    sys.stdout.write(f"{incident.name}\n")


def _clear(api: httpx2.Client) -> None:
    """Delete what the first part left in kube-system."""
    for version, resource in (("v1beta1", "leasecandidates"), ("v1", "leases")):
        path = f"/apis/coordination.k8s.io/{version}/namespaces/kube-system/{resource}"
        for item in api.get(path).json()["items"]:
            if item["metadata"]["name"].startswith(("cp-", "kube-")):
                api.delete(f"{path}/{item['metadata']['name']}").raise_for_status()


def main() -> None:
    """Write all files."""
    with (
        tempfile.TemporaryDirectory(prefix="incidents-") as folder,
        run_control_plane(find_binaries(os.environ), Path(folder)) as control_plane,
        control_plane.client() as api,
    ):
        api.post("/api/v1/namespaces", json={"metadata": {"name": "team"}}).raise_for_status()
        bring_about(control_plane, incidents())
        _clear(api)
        bring_about(control_plane, upgrade())


if __name__ == "__main__":
    main()
