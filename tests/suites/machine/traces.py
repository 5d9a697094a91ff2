"""What a machine of its own could leave on the real one."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SYSCTL: Final = Path("/proc/sys")
# These change by themselves.
_VOLATILE: Final = ("kernel/random/", "kernel/ns_last_pid", "kernel/pty/nr", "nf_conntrack_count")
_FOLDERS: Final = (
    "/etc/cni",
    "/opt/cni",
    "/opt/containerd",
    "/run/containerd",
    "/run/netns",
    "/run/leasegate-node",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/log/pods",
)
_MOUNTED_AT: Final = ("kubelet", "containerd", "netns", "leasegate-node")


@dataclass(frozen=True)
class Traces:
    """The state of the real machine, as far as a node would change it."""

    sysctls: Mapping[str, str]
    folders: frozenset[str]
    mounts: frozenset[str]
    links: frozenset[str]
    cgroups: frozenset[str]

    @classmethod
    def look(cls) -> Traces:
        """Read all of it."""
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return cls(
            dict(_sysctls()),
            frozenset(name for name in _FOLDERS if Path(name).exists()),
            frozenset(one for one in mounts if any(part in one for part in _MOUNTED_AT)),
            frozenset(path.name for path in Path("/sys/class/net").iterdir()),
            frozenset(path for path in cgroups() if not _has_owner(path)),
        )


def cgroups(pattern: str = "leasegate-node-*") -> Iterator[str]:
    """Yield the cgroups of machines, in every hierarchy."""
    for path in Path("/sys/fs/cgroup").rglob(pattern):
        yield str(path)


def _has_owner(cgroup: str) -> bool:
    """Say whether the machine belongs to a process that runs: another test session may have one."""
    return Path(f"/proc/{cgroup.rpartition('-')[2]}").exists()


def _sysctls() -> Iterator[tuple[str, str]]:
    for part in ("kernel", "net", "vm"):
        for file in (_SYSCTL / part).rglob("*"):
            name = str(file.relative_to(_SYSCTL))
            if file.is_file() and not any(volatile in name for volatile in _VOLATILE):
                # Some can only be written.
                with contextlib.suppress(OSError, UnicodeDecodeError):
                    yield name, file.read_text()
