"""What a run ran on, in a line."""

from __future__ import annotations

import os
import platform
import ssl
from pathlib import Path


def machine() -> str:
    """Return processor, versions and load."""
    described = Path("/proc/cpuinfo").read_text("utf-8")
    models = [line for line in described.splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    processors = len(os.sched_getaffinity(0))
    return (
        f"{processors} x {model}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, "
        f"load of the machine {os.getloadavg()[0]:.1f}"
    )
