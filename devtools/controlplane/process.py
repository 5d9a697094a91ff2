"""One program as a child process with a log file."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import ControlPlaneError

LAUNCHER = Path(__file__).with_name("launch.py")
STOP_SECONDS = 10.0
"""How long a program may take to end by itself after SIGTERM before it is killed."""


def tail(log: Path, lines: int) -> str:
    """Return the last lines of a file, under a line that says where all of it is."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join([f"last lines of {log}:", *text.splitlines()[-lines:]])


class Process:
    """A program that logs to ``log``, can be signalled, and never outlives this process.

    It runs in a session of its own, so Ctrl-C on the terminal reaches the owner alone, which
    then ends its programs in order. The kernel kills it when the *thread* that called ``start``
    ends (prctl(2)), so call that from a thread that lives as long, such as the main one.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; ControlPlaneError if it was never started."""
        return self._started().pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs, else its exit code, negative for the signal that ended it."""
        return self._started().poll()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended; a paused program is running."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it, or start it again after it ended; its log is continued."""
        if self.running:
            raise ControlPlaneError(f"{self.name} is running already")
        launcher = (sys.executable, "-I", "-S", os.fspath(LAUNCHER), str(os.getpid()))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                (*launcher, *self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Not the caller's: ETCD_... and HTTPS_PROXY would change what the programs do.
                env={"PATH": os.defpath, "HOME": os.fspath(self.log.parent)},
                start_new_session=True,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._started().send_signal(number)

    def pause(self) -> None:
        """Freeze it (SIGSTOP): its sockets stay open, and nothing answers."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused program go on (SIGCONT)."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once (SIGKILL), and wait until it is gone."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End it (SIGTERM, and SIGKILL after ``timeout`` seconds); no error if it has ended."""
        if not self.running:
            return
        self.signal(signal.SIGTERM)
        self.resume()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._started().wait(timeout)
        self.kill()

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines of the log, under a line that says where all of it is."""
        return tail(self.log, lines)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise ControlPlaneError(f"{self.name} was not started")
        return self._child
