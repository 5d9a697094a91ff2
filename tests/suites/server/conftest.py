"""Real clients of a real server: `make test-server`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devtools.controlplane.ports import Endpoint
from devtools.programs.cache import cache_folder
from tests.cli.processes import serving
from tests.cluster.api_server import an_api_server
from tests.server.running import Certificates, make_certificates
from tests.suites.server import elections
from tests.suites.server.client_program import build_client
from tests.suites.server.debian import programs
from tests.suites.server.observed import ObservedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def prometheus_programs() -> dict[str, Path]:
    """`prometheus` and `promtool`."""
    return programs("prometheus", ("prometheus", "promtool"), cache_folder(os.environ))


@pytest.fixture
def observed(tmp_path: Path) -> Iterator[ObservedServer]:
    """Run leasegate with a known operations port; it follows elections of every kind."""
    operations = Endpoint.free("127.0.0.1")
    folder = tmp_path / "api"
    folder.mkdir()
    with an_api_server(folder) as api:
        elections.store(api)
        flags = ("--watch-leases", "--kubeconfig", str(api.kubeconfig))
        with serving("--operations-port", str(operations.port), *flags, folder=tmp_path) as server:
            yield ObservedServer(server.url, tmp_path / "certs" / "ca.crt", operations)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def client_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program that posts as kube-apiserver does."""
    return build_client(tmp_path_factory.mktemp("client"))
