"""The part outside: makes the namespaces, waits, and sees that nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.controlplane.process import LAUNCHER

from . import cgroups
from .errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REPOSITORY = Path(__file__).parents[2]
NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup")
# One signal to end it all: the kernel ends every process of a process namespace with its first.
ENDING = ("--fork", "--mount-proc", "--propagation=private", "--kill-child=SIGKILL")
NEEDED = {"unshare": "util-linux", "mount": "util-linux", "ip": "iproute2"}


def run(command: Sequence[str]) -> int:
    """Run a command in a machine of its own and return its exit code.

    Ctrl-C is the command's to answer; SIGTERM, or the end of this process, ends all of it at once.
    Call it from a process without threads. Raises MachineError where no machine can be made.
    """
    _require_fit()
    with _janitor() as announce:
        folders = cgroups.create(f"leasegate-node-{os.getpid()}", announce)
        inside = (sys.executable, "-m", "devtools.machine.init", os.fspath(Path.cwd()), *command)
        launcher = (sys.executable, "-I", "-S", os.fspath(LAUNCHER), str(os.getpid()))
        unshare = (str(shutil.which("unshare")), *NAMESPACES, *ENDING)
        child = subprocess.Popen(
            [*launcher, *unshare, *inside],
            cwd=REPOSITORY,
            preexec_fn=partial(cgroups.join, folders),  # noqa: PLW1509  # there are no threads
        )
        before = {
            signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
            signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: child.kill()),
        }
        try:
            return child.wait()
        finally:
            child.kill()
            child.wait()
            for number, handler in before.items():
                signal.signal(number, handler)


def _require_fit() -> None:
    if os.geteuid() != 0:
        raise MachineError(
            "only root can make the namespaces of a node: use sudo, or run the tests that need no"
            " node (make test-cluster)"
        )
    missing = sorted({package for name, package in NEEDED.items() if not shutil.which(name)})
    if missing:
        raise MachineError(f"a program is missing: apt-get install {' '.join(missing)}")


@contextmanager
def _janitor() -> Iterator[Callable[[Path], None]]:
    """Yield what is told of each cgroup; they are removed at the end, however that comes."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", os.fspath(Path(__file__).with_name("janitor.py"))],
        stdin=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,
    ) as process:
        pipe = process.stdin
        assert pipe is not None

        def announce(folder: Path) -> None:
            pipe.write(f"{folder}\n")
            pipe.flush()

        yield announce
