"""A cgroup for the machine below the one of this process, in every hierarchy (cgroups(7))."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path("/sys/fs/cgroup")
_MOUNT = re.compile(
    r"\d+ \d+ \S+ (?P<root>\S+) (?P<point>\S+) .* - (?P<type>cgroup2?) \S+ (?P<options>\S+)"
)
_NO_CONTROLLERS = {
    "rw",
    "ro",
    "xattr",
    "noprefix",
    "clone_children",
    "nsdelegate",
    "memory_recursiveprot",
}


@dataclass(frozen=True)
class Hierarchy:
    """One cgroup file system: its folder below `ROOT`, and what `mount -o` needs for another."""

    name: str
    type: str
    options: str
    folder: Path
    """The folder of the cgroup that this process is in."""


def hierarchies() -> Iterator[Hierarchy]:
    """Yield those that are mounted below `ROOT`."""
    mounted = [match for line in _lines("mountinfo") if (match := _MOUNT.fullmatch(line))]
    # All of it at once: the lines change while processes move.
    paths = dict(line.split(":", 2)[1:] for line in _lines("cgroup"))
    for match in mounted:
        named = [o for o in match["options"].split(",") if o not in _NO_CONTROLLERS]
        controllers = ",".join(o for o in named if "=" not in o or o.startswith("name="))
        path = paths.get(controllers, paths.get(",".join(reversed(controllers.split(",")))))
        point = Path(match["point"])
        if path is not None and point.is_relative_to(ROOT):
            relative = os.path.relpath(path, match["root"])
            none = "none," if controllers.startswith("name=") else ""
            options = f"{none}{controllers}" if controllers else "rw"
            name = os.fspath(point.relative_to(ROOT))
            yield Hierarchy(name, match["type"], options, point / relative)


def create(name: str, announce: Callable[[Path], None]) -> list[Path]:
    """Make a cgroup in every hierarchy; each is announced before it is there.

    MachineError where no hierarchy is v1.
    """
    mounted = list(hierarchies())
    if not any(hierarchy.type == "cgroup" for hierarchy in mounted):
        raise MachineError(
            "this machine has no cgroup v1: boot it with systemd.unified_cgroup_hierarchy=0, or run"
            " the tests that need no node (make test-cluster)"
        )
    made = []
    for hierarchy in mounted:
        folder = hierarchy.folder / name
        announce(folder)
        folder.mkdir()
        # An empty set of processors or memory nodes, the default, would let nobody in.
        for file in ("cpuset.cpus", "cpuset.mems"):
            if (hierarchy.folder / file).exists():
                (folder / file).write_text((hierarchy.folder / file).read_text())
        made.append(folder)
    return made


def join(folders: list[Path]) -> None:
    """Move this process."""
    for folder in folders:
        (folder / "cgroup.procs").write_text("0")


def _lines(file: str) -> list[str]:
    return Path("/proc/self", file).read_text().splitlines()
