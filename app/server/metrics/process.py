"""The metrics of the build, of Python and of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import GCCollector, Info, PlatformCollector, ProcessCollector

import app

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


def add_process(registry: CollectorRegistry) -> None:
    """Add the build, and the `process_` and `python_` metrics of every Python program."""
    build = Info("leasegate_build", "The version of leasegate that runs.", registry=registry)
    build.info({"version": app.__version__})
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
