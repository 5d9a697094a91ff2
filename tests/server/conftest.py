from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.running import (
    Certificates,
    Recorder,
    RunningServer,
    make_certificates,
    running_leasegate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def shared_recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def server(certificates: Certificates, shared_recorder: Recorder) -> Iterator[RunningServer]:
    """One server with default settings for all tests of this process."""
    with running_leasegate(certificates, shared_recorder) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: RunningServer) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client
