"""Run a command in the root with a checkout at /leasegate; what it writes is gone afterwards.

As a program, it is already in a mount namespace of its own, and becomes the command.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.image.commands import ENDS_WITH_US
from devtools.image.storage import SYSTEM_PATH

CHECKOUT = Path("leasegate")
STAMPS = ("run.stamp", "dev.stamp")
"""The Makefile's, in the order in which they depend on each other."""
PASSED_ON = ("CI", "COLUMNS", "PYTEST_ADDOPTS", "TERM")
"""Variables of the caller that a command gets; all others are those of a login."""


def command_inside(
    root: Path,
    checkout: Path,
    environment: Path,
    command: Sequence[str],
    given: Mapping[Path, Path],
    *,
    write: bool = False,
) -> Sequence[str]:
    """Return a command that runs ``command`` inside.

    ``environment`` is mounted as the checkout's ``.venv``, for ``write`` to be filled. ``given``
    maps more paths of this machine to paths inside.
    """
    options = [f"--give={outer}:{inner}" for outer, inner in given.items()]
    places = [os.fspath(path) for path in (root, checkout, environment)]
    program = [sys.executable, "-m", __name__, *(["--write"] if write else []), *options]
    return [*ENDS_WITH_US, *program, *places, *command]


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Mount everything, and become the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--give", action="append", default=[])
    for place in ("root", "checkout", "environment"):
        parser.add_argument(place, type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    # Seen in this namespace alone, so that many may use the same folder.
    scratch = options.root.parent / "mounted"
    scratch.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "tmpfs", scratch)
    inside = scratch / "root"
    _overlay(options.root, inside, scratch / "of-root")
    _overlay(options.checkout, inside / CHECKOUT, scratch / "of-checkout")
    venv = inside / CHECKOUT / ".venv"
    if options.write:
        venv.mkdir(exist_ok=True)
        _mount("--bind", options.environment, venv)
    else:
        _overlay(options.environment, venv, scratch / "of-environment")
        # The checkout may be younger than its environment, which has all that its locks pin.
        for stamp in STAMPS:
            (venv / stamp).touch()
    for filesystem in ("/dev", "/sys"):
        _mount("--rbind", filesystem, inside / filesystem[1:])
    _mount("-t", "proc", "proc", inside / "proc")
    resolver = "/etc/resolv.conf:/etc/resolv.conf"
    for outer, _, inner in (give.partition(":") for give in [resolver, *options.give]):
        target = inside / inner[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(outer).is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.touch()
        _mount("--bind", outer, target)
    os.chroot(inside)
    os.chdir(f"/{CHECKOUT}")
    login = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": SYSTEM_PATH}
    passed_on = {name: environ[name] for name in PASSED_ON if name in environ}
    os.execvpe(options.command[0], options.command, login | passed_on)  # noqa: S606  it is what was asked for


def _overlay(below: Path, at: Path, changes: Path) -> None:
    """Show ``below`` at ``at``; whatever is written goes to ``changes``."""
    for folder in (at, changes / "upper", changes / "work"):
        folder.mkdir(parents=True, exist_ok=True)
    folders = f"lowerdir={below},upperdir={changes / 'upper'},workdir={changes / 'work'}"
    _mount("-t", "overlay", "-o", folders, "overlay", at)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
