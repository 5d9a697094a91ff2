"""The chart's own rights are enough, and its upgrade leaves the caBundle alone."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.controlplane import wait_for
from tests.suites.cluster.certificates.installation import KINDS
from tests.suites.cluster.certificates.replica import CALM, Replica, start_replica
from tests.suites.cluster.certificates.test_ownership import owned_by_us, policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.suites.cluster.certificates.installation import Installation

CHART = Path(__file__).parents[4] / "charts" / "leasegate"
PATIENCE = 300.0


def helm(installation: Installation, folder: Path, *arguments: str) -> None:
    control_plane = installation.control_plane
    done = subprocess.run(
        [
            control_plane.binaries.path("helm"),
            *arguments,
            "--no-hooks",
            f"--namespace={installation.name}",
            f"--kubeconfig={control_plane.kubeconfig}",
        ],
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def a_release(installation: Installation, folder: Path) -> Iterator[tuple[str, ...]]:
    """Install the chart so that everything has the name of the namespace."""
    values = (
        *(installation.name, str(CHART), f"--set=fullnameOverride={installation.name}"),
        "--set=policies.reserved.enabled=false",
    )
    helm(installation, folder, "install", *values)
    try:
        yield values
    finally:
        helm(installation, folder, "uninstall", installation.name)


def test_the_chart_grants_what_is_needed_and_an_upgrade_keeps_the_bundle(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    with a_release(installation, tmp_path) as values:
        kubeconfig = installation.kubeconfig(tmp_path, installation.name)
        replica = start_replica(installation, kubeconfig, "one", times=CALM)
        replicas.append(replica)
        wait_for(replica.is_ready, "readiness", PATIENCE)
        wait_for(lambda: "ok: synced" in replica.check("siblings"), "siblings", PATIENCE)
        assert "forbidden" not in replica.log()
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{installation.name}/roles"
        (rule,) = installation.api.get(f"{path}/{installation.name}").json()["rules"]
        assert rule["verbs"] == ["get", "create", "patch"], "and nothing that is not needed"
        before = {verb: installation.bundle(verb) for verb in KINDS}
        helm(installation, tmp_path, "upgrade", *values, "--set=webhooks.failurePolicy=Fail")
        for verb in KINDS:
            found = installation.configuration(verb)
            assert policies(found) == {f"{verb}.leasegate.dev": ("Fail", True)}
            assert installation.bundle(verb) == before[verb]
            assert owned_by_us(found) == []
        assert replica.is_ready(), replica.check()
        replica.process.stop()
