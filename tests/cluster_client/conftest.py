from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster_client.api_server import ApiServer, an_api_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    """A stand-in for kube-apiserver."""
    with an_api_server(tmp_path) as running:
        yield running
