"""A place that looks like a checkout after `make run`, and a server in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.checkout import make_checkout, serving_step
from tests.docs.console import environment
from tests.docs.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the documented commands run in."""
    return make_checkout(root, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def shell(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of the documented commands."""
    return environment(tmp_path_factory.mktemp("home"), PYTHONPATH=str(root))


@pytest.fixture(scope="session")
def port(checkout: Path, shell: dict[str, str]) -> Iterator[int]:
    """Start the server as the README has it, and return where it listens."""
    step = serving_step(checkout)
    with Serving(step.command, checkout, shell) as serving:
        assert not serving.wait_for(step)
        yield serving.port
