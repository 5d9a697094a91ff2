"""The `leasegate` command: finds its own `app` package, whatever the surroundings bring.

Many projects have a package called `app`. Python looks in PYTHONPATH before it looks where this
program is installed, so what stands there is left out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command line; it ends the process with the exit code."""
    home = Path(__file__).resolve().parent
    foreign = {
        Path(entry).resolve() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
    }
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() not in foreign - {home}]
    from app.__main__ import main as run  # noqa: PLC0415  only now it is ours

    run()
