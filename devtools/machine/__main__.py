"""Run a command in a machine of its own."""

import sys

from .errors import MachineError
from .outside import run


def main(command: list[str]) -> int:
    """Return the exit code of the command, or 2 with a sentence where it cannot be run."""
    if not command:
        sys.stderr.write("usage: python -m devtools.machine COMMAND [ARGUMENT...]\n")
        return 2
    try:
        return run(command)
    except MachineError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
