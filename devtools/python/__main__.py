"""Run a command of this checkout with the Python of the image instead of this machine's own."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.image.errors import ImageError
from devtools.programs.cache import cache_folder
from devtools.python.environment import make_environment
from devtools.python.inside import command_inside
from devtools.python.root import make_root

CHECKOUT = Path(__file__).parents[2]
FAILED = 125
"""What ``unshare`` and the like end with: the command did not begin."""


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Return the exit code of the command, or 125 if there is no root to run it in."""
    parser = argparse.ArgumentParser(prog="python -m devtools.python", description=__doc__)
    parser.add_argument("command", help="its working directory is /leasegate, the checkout")
    parser.add_argument("argument", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    try:
        cache = cache_folder(environ) / "python"
        root = make_root(cache, environ, _say)
        environment = make_environment(root, CHECKOUT, environ, _say)
    except ImageError as error:
        _say(str(error))
        return FAILED
    except OSError as error:
        _say(f"cannot write {error.filename}: {error.strerror}")
        return FAILED
    asked = [options.command, *options.argument]
    command = command_inside(root.path, CHECKOUT, environment, asked, _history(CHECKOUT))
    return subprocess.run(command, check=False).returncode


def _history(checkout: Path) -> dict[Path, Path]:
    """Return the repository that a worktree names by its path; a clone has its own in itself."""
    link = checkout / ".git"
    if not link.is_file():
        return {}
    repository = Path(link.read_text().removeprefix("gitdir: ").strip()).parents[1]
    return {repository: repository}


def _say(line: str) -> None:
    sys.stderr.write(f"python: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
