"""Tests of the machine from outside: what it leaves behind, on the real one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devtools.programs.binaries import find_node_binaries

if TYPE_CHECKING:
    from devtools.controlplane import Binaries


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """Programs from KUBEBUILDER_ASSETS, or those that ``make node`` has built."""
    return find_node_binaries(os.environ)
