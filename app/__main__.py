"""`python -m app`: the same program as the `leasegate` command.

Called `kubectl-leasegate`, it is a plugin of kubectl, which finds it by that name; called
`kubectl_complete-leasegate`, it tells kubectl's completion what to offer.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.cli.main import leasegate


def main() -> None:
    """Run the command line; it ends the process with the exit code."""
    name = Path(sys.argv[0]).name
    if name.startswith("kubectl_complete-"):
        from app.cli.kubectl_complete import answer  # noqa: PLC0415  each starts fast

        sys.stdout.write(f"{answer(leasegate, sys.argv[1:])}\n")
        return
    is_plugin = name.startswith("kubectl-")
    leasegate(prog_name="kubectl leasegate" if is_plugin else "leasegate")


if __name__ == "__main__":
    main()
