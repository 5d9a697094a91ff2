"""A cgroup whose processes have so much memory and no more, as a container's (cgroups(7))."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from devtools.machine.cgroups import Hierarchy, hierarchies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class _Files(NamedTuple):
    limit: str
    swap: str
    peak: str


_FILES: Final = {
    "cgroup": _Files(
        "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max_usage_in_bytes"
    ),
    "cgroup2": _Files("memory.max", "memory.swap.max", "memory.peak"),
}


class NoMemoryLimitError(Exception):
    """No such cgroup can be made here; the text says what to do."""


@dataclass(frozen=True)
class MemoryLimit:
    """A cgroup that was made for this; `type` is that of its file system."""

    folder: Path
    type: str

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` in this cgroup, from its first instruction on."""
        join = ("sh", "-c", 'echo $$ > "$0" && exec "$@"', os.fspath(self.folder / "cgroup.procs"))
        return [*join, *command]

    @property
    def peak_bytes(self) -> int:
        """The most that it had, with its sockets' buffers and cached files; 0 if not counted."""
        file = self.folder / _FILES[self.type].peak
        return int(file.read_text()) if file.exists() else 0


@contextmanager
def memory_limit(size: int, mounted: Iterable[Hierarchy] | None = None) -> Iterator[MemoryLimit]:
    """Make a cgroup of so many bytes, of version 1 or 2, and remove it after the block."""
    problem = "no memory controller is mounted"
    for type_, parent in _parents(hierarchies() if mounted is None else mounted):
        made = MemoryLimit(parent / f"leasegate-soak-{os.getpid()}", type_)
        try:
            _make(made, size)
        except OSError as error:
            problem = str(error)
            with suppress(OSError):
                made.folder.rmdir()
            continue
        try:
            yield made
        finally:
            with suppress(OSError):
                made.folder.rmdir()
        return
    raise NoMemoryLimitError(
        f"no cgroup with a memory limit can be made here ({problem}): run this as root where the "
        "memory controller is mounted, or give --memory-limit 0 to attack without one"
    )


def _make(made: MemoryLimit, size: int) -> None:
    made.folder.mkdir()
    files = _FILES[made.type]
    (made.folder / files.limit).write_text(str(size))
    if (made.folder / files.swap).exists():
        (made.folder / files.swap).write_text(str(size) if made.type == "cgroup" else "0")


def _parents(mounted: Iterable[Hierarchy]) -> Iterator[tuple[str, Path]]:
    """Yield where such a cgroup may be made, and the type of that file system.

    Version 2 has no children with limits below a cgroup that has processes, the root excepted.
    So it is made beside the cgroup of this process rather than below.
    """
    for hierarchy in mounted:
        if hierarchy.type == "cgroup" and "memory" in hierarchy.options.split(","):
            yield hierarchy.type, hierarchy.folder
        elif hierarchy.type == "cgroup2":
            for folder in (hierarchy.folder.parent, hierarchy.folder):
                delegated = folder / "cgroup.subtree_control"
                if delegated.exists() and "memory" in delegated.read_text().split():
                    yield hierarchy.type, folder
