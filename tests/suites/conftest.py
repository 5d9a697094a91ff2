"""What tests with a real control plane have in common; each folder runs its own."""

from collections.abc import Iterator

import httpx2
import pytest

from devtools.controlplane import ControlPlane


@pytest.fixture(scope="session")
def api(control_plane: ControlPlane) -> Iterator[httpx2.Client]:
    """Be a client of the API that may do everything."""
    with control_plane.client() as client:
        yield client


@pytest.fixture
def namespace(api: httpx2.Client) -> str:
    """Make a namespace that no other test has, and return its name."""
    answer = api.post("/api/v1/namespaces", json={"metadata": {"generateName": "test-"}})
    answer.raise_for_status()
    return str(answer.json()["metadata"]["name"])
