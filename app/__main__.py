"""`python -m app`: the same program as the `leasegate` command.

Called `kubectl-leasegate`, it is a plugin of kubectl, which finds it by that name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.cli.main import leasegate


def main() -> None:
    """Run the command line; it ends the process with the exit code."""
    is_plugin = Path(sys.argv[0]).name.startswith("kubectl-")
    leasegate(prog_name="kubectl leasegate" if is_plugin else "leasegate")


if __name__ == "__main__":
    main()
