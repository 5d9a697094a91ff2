"""Leases and candidates of which each metric of elections has something to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.leasecandidate import MicroTime
from tests.cluster.api_server import GROUP

if TYPE_CHECKING:
    from tests.cluster.api_server import ApiServer


def store(server: ApiServer) -> None:
    """Store a Lease that ran out, and one whose leader is asked to yield beside a silent one."""
    _lease(server, "left", 60)
    _lease(server, "held", 0, strategy="OldestEmulationVersion", preferredHolder="b")
    _candidate(server, "a")
    _candidate(server, "b", emulation="1.35.0")
    _candidate(server, "silent", renewed=120, pingTime=_moment(60))


def _moment(seconds: float) -> str:
    return str(MicroTime.at(datetime.now(UTC) - timedelta(seconds=seconds)))


def _lease(server: ApiServer, name: str, renewed: float, **more: str) -> None:
    spec: dict[str, object] = {"holderIdentity": "a", "renewTime": _moment(renewed), **more}
    spec["leaseDurationSeconds"] = 3600 if more else 15
    asked = {
        "manager": "kube-apiserver",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fieldsV1": {"f:spec": {"f:preferredHolder": {}}},
    }
    metadata = {"name": name, "namespace": "team", "managedFields": [asked]}
    path = f"{GROUP}/v1/namespaces/team/leases/{name}"
    server.put(path, {"metadata": metadata, "spec": spec})


def _candidate(
    server: ApiServer, name: str, emulation: str = "1.36.0", renewed: float = 0, **more: str
) -> None:
    spec = {
        "leaseName": "held",
        "binaryVersion": "1.36.0",
        "emulationVersion": emulation,
        "strategy": "OldestEmulationVersion",
        "renewTime": _moment(renewed),
        **more,
    }
    path = f"{GROUP}/v1beta1/namespaces/team/leasecandidates/{name}"
    server.put(path, {"metadata": {"name": name, "namespace": "team"}, "spec": spec})
