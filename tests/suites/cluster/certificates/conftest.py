from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.suites.cluster.certificates.installation import Installation, an_installation
from tests.suites.cluster.certificates.replica import Replica, stopped_at_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from devtools.controlplane import ControlPlane


@pytest.fixture
def installation(control_plane: ControlPlane, api: httpx2.Client) -> Iterator[Installation]:
    """An installation of which nothing is there yet but its namespace."""
    with an_installation(control_plane, api) as made:
        yield made


@pytest.fixture
def replicas() -> Iterator[list[Replica]]:
    """Replicas that were started; they are stopped at the end."""
    with stopped_at_the_end() as started:
        yield started
