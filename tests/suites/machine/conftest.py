"""Tests of the machine from outside: what it leaves behind, on the real one."""

from __future__ import annotations

import os

import pytest

from devtools.controlplane import Binaries
from devtools.programs import pins
from devtools.programs.cache import assets_folder, cache_folder


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """Programs from KUBEBUILDER_ASSETS, or those that ``make node`` has built."""
    if "KUBEBUILDER_ASSETS" in os.environ:
        return Binaries.from_environment(os.environ)
    folder = assets_folder(cache_folder(os.environ), pins.node(pins.DEFAULT_KUBERNETES))
    return Binaries(folder, hint="run `make node` first")
