"""The image's own command in a container of three namespaces: mounts, processes and nothing else.

As Kubernetes starts it in a restricted pod: the root file system is read-only, /tmp is empty, the
user is any number, who has no capability and cannot gain any. The network is this machine's.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.server.running import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ENTER = """
set -eu
root=$1; user=$2; shift 2
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777,size=8m tmpfs "$root/tmp"
chroot=$(command -v chroot) setpriv=$(command -v setpriv) environment=$1; shift
exec "$setpriv" --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid \
    env -i $environment "$chroot" --userspec="$user" --groups= "$root" "$@"
"""


@dataclass(frozen=True)
class Container:
    """A process that runs in a root file system; `pid` is its number outside."""

    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return _child(_child(self.process.pid))

    @property
    def status(self) -> dict[str, str]:
        """The lines of /proc/PID/status."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def line(self) -> str:
        """Return the next line of its output. A process that fails ends its output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate(timeout=PATIENCE)
            raise AssertionError(f"it ended with {self.process.returncode}: {errors}")
        return line

    def stop(self, signal: int) -> tuple[int, str, str]:
        """Send a signal to the process; return its exit code and the rest of what it wrote."""
        os.kill(self.pid, signal)
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors


@contextmanager
def running(
    root: Path, user: str, environment: Mapping[str, str], command: Sequence[str]
) -> Iterator[Container]:
    """Run a command in ``root`` until the block ends; its mounts and processes end with it."""
    variables = " ".join(f"{name}={value}" for name, value in environment.items())
    # All of it ends with this process, even if that is killed. The kernel forgets about a parent's
    # death when the command changes its user, so the namespace that ends is one around its own.
    outer = ("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child")
    process = subprocess.Popen(
        [
            "setpriv",
            "--pdeathsig=KILL",
            *outer,
            "unshare",
            "--pid",
            "--fork",
            "sh",
            "-c",
            _ENTER,
            "enter",
            root,
            user,
            variables,
            *command,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Container(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate(timeout=PATIENCE)


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
