"""What a run ran on, in a line."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

_VERSIONS: Final = (
    "import platform, ssl; print(f'Python {platform.python_version()}, {ssl.OPENSSL_VERSION}')"
)


def machine(python: str = sys.executable) -> str:
    """Return processor, versions of the interpreter `python`, and load."""
    versions = subprocess.run([python, "-c", _VERSIONS], capture_output=True, text=True, check=True)
    described = Path("/proc/cpuinfo").read_text("utf-8")
    models = [line for line in described.splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    processors = len(os.sched_getaffinity(0))
    return (
        f"{processors} x {model}, {versions.stdout.strip()}, "
        f"load of the machine {os.getloadavg()[0]:.1f}"
    )
