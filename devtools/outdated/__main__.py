"""Print a line for each pin that has a newer release."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from devtools.outdated.base_image import outdated_base
from devtools.outdated.go_modules import outdated_modules
from devtools.outdated.python_packages import outdated_packages
from devtools.outdated.release import Outdated

CHECKOUT = Path(__file__).parents[2]


def report(found: Iterable[Outdated]) -> str:
    """Return what a person reads, the pins of one place together."""
    lines = [f"{one.place}: {one.name} {one.pinned} -> {one.newest}\n" for one in found]
    return "".join(lines) or "every pin is the newest release\n"


def main() -> int:
    """Return 0, or 1 if one of those that know cannot be asked."""
    try:
        found = [
            *outdated_packages(CHECKOUT),
            *outdated_modules(CHECKOUT),
            *outdated_base(CHECKOUT),
        ]
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or ""
        sys.stderr.write(f"outdated: {said.strip() or error}\n")
        return 1
    sys.stdout.write(report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
