from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import Endpoint
from tests.suites.cluster.chart.custom_resources import custom_resources
from tests.suites.cluster.chart.release import Json, Release, a_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from devtools.controlplane import ControlPlane


@pytest.fixture
def release(control_plane: ControlPlane, api: httpx2.Client, namespace: str) -> Iterator[Release]:
    """A release in a namespace of its own."""
    with a_release(control_plane, api, namespace) as made:
        yield made


@pytest.fixture
def ports() -> Json:
    """Values with ports that are free here: no kube-proxy maps the Service's port to another."""
    admission, operations = (Endpoint.free("0.0.0.0").port for _ in range(2))  # noqa: S104
    return {
        "port": admission,
        "service": {"port": admission},
        "operationsPort": operations,
        "config": {"process": {"certificatesPollSeconds": 0.5, "drainSeconds": 0}},
    }


@pytest.fixture(scope="module")
def _operators(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Have the kinds of cert-manager and the Prometheus operator; neither of them runs."""
    with custom_resources(control_plane, tmp_path_factory.mktemp("modules")):
        yield


@pytest.fixture
def covered(api: httpx2.Client) -> str:
    """Make a namespace that the webhooks cover; that of the release is not."""
    answer = api.post("/api/v1/namespaces", json={"metadata": {"generateName": "covered-"}})
    answer.raise_for_status()
    return str(answer.json()["metadata"]["name"])
