from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster.api_server import ApiServer, an_api_server
from tests.cluster.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    """A stand-in for kube-apiserver."""
    with an_api_server(tmp_path) as running:
        yield running


@pytest.fixture
def installation(server: ApiServer) -> Installation:
    """A registration on the stand-in, and a replica that has made nothing yet."""
    made = Installation(server)
    made.register()
    return made
