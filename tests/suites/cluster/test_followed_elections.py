"""A real `leasegate serve` shows metrics of the elections of a real control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devtools.controlplane import wait_for
from tests.suites.cluster.living_candidate import create, holder, living, spec
from tests.suites.cluster.test_following_a_cluster import serving

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane


def test_a_leader_and_then_a_conflict_are_shown(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str, tmp_path: Path
) -> None:
    with serving(tmp_path, control_plane.kubeconfig, "--watch-leases") as server:

        def shows(name: str, value: str, more: str = "") -> bool:
            labels = f'lease="held",lease_namespace="{namespace}"{more}'
            line = f"leasegate_election_{name}{{{labels}}} {value}\n"
            return line in server.operations.get("/metrics").text

        def wait(name: str, value: str, more: str = "") -> None:
            wait_for(lambda: shows(name, value, more), f"{name}{more} to be {value}", 60)

        with living(control_plane, namespace, "a", spec("held")):
            wait_for(lambda: holder(api, namespace, "held") == "a", "a to lead", 60)
            wait("leader", "1.0")
            wait("candidates", "1.0", ',verdict="Leader"')
            wait("conflict", "0.0")
            assert server.note("elections").endswith("synced: following the API server")
            assert "kube-node-lease" not in server.operations.get("/metrics").text
            other = spec("held", strategy="example.com/newest")
            create(api, namespace, "b", other).raise_for_status()
            wait("conflict", "1.0")
            wait("candidates", "1.0", ',verdict="Disagrees"')
        # kube-apiserver wrote a Lease of 5 s, which a does not renew, and nobody can be elected.
        wait("leader", "0.0")
