"""Process 1 of a machine: sets it up, runs the command, reaps orphans, and ends with it.

python -m devtools.machine.init FOLDER COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import cgroups, network
from .mark import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a kubelet wants to set is one for the whole kernel: it finds it set in files of this machine.
SYSCTLS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


def main(folder: str, command: list[str]) -> int:
    """Return the exit code of the command; the kernel ends what it has left running."""
    found = list(cgroups.hierarchies())
    socket.sethostname(network.NAME)
    # Pods see what is mounted later, as on a real machine, and this one alone.
    _mount("--make-rshared", "/")
    _mount("-t", "sysfs", "sysfs", "/sys")
    _mount_cgroups(found)
    for path in ("/run", "/var/lib", "/var/log"):
        _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", path)
    MARK.mkdir()
    Path("/run/lock").mkdir()
    _mount_sysctls()
    network.bring_up()
    os.chdir(folder)
    # Ctrl-C reaches the command as well, which decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(command, preexec_fn=_listen_to_interrupts)  # noqa: PLW1509  # no threads
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _listen_to_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _mount_cgroups(found: Iterable[cgroups.Hierarchy]) -> None:
    """Mount the hierarchies again: seen from their namespace, they begin at this machine's."""
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(cgroups.ROOT))
    for hierarchy in found:
        folder = cgroups.ROOT / hierarchy.name
        folder.mkdir()
        _mount("-t", hierarchy.type, "-o", hierarchy.options, "cgroup", str(folder))


def _mount_sysctls() -> None:
    for name, value in SYSCTLS.items():
        file = MARK / name.replace("/", ".")
        file.write_text(f"{value}\n")
        _mount("--bind", str(file), f"/proc/sys/{name}")


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
