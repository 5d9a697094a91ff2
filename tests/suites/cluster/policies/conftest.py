"""A control plane on which nobody elects, so that stored candidates stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devtools.parity.controlplane import run_without_elections
from tests.cel_policies.writes import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devtools.controlplane import Binaries, ControlPlane

_EVERYBODY = {
    "metadata": {"name": "everybody"},
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "cluster-admin",
    },
    "subjects": [
        {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Group",
            "name": "system:authenticated",
        }
    ],
}


@pytest.fixture(scope="session")
def quiet_plane(
    binaries: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """Run a kube-apiserver that pings and elects nobody, and where everybody may do everything."""
    folder = tmp_path_factory.mktemp("quiet")
    with run_without_elections(binaries, folder) as running, running.client() as api:
        roles = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
        api.post(roles, json=_EVERYBODY).raise_for_status()
        for name in NAMESPACES:
            answer = api.post("/api/v1/namespaces", json={"metadata": {"name": name}})
            assert answer.status_code in {201, 409}, answer.text
        yield running
