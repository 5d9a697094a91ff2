"""`leasegate explain --watch` on a terminal: it fits, is drawn in place, and ends by Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.cli.processes import PATIENCE, ROOT
from tests.cluster.test_explain import CANDIDATES, lease

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.api_server import ApiServer

pytestmark = pytest.mark.covers_processes

HOME = "\x1b[H"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CTRL_C = b"\x03"


@dataclass
class Terminal:
    """The other end of a terminal, and what was written to it."""

    process: subprocess.Popen[bytes]
    end: int
    written: str = ""

    def resize(self, columns: int, rows: int) -> None:
        resize(self.end, columns, rows)

    def read(self) -> bool:
        """Take in what was written; tell whether more can come."""
        if not select.select([self.end], [], [], 0.1)[0]:
            return True
        try:
            self.written += os.read(self.end, 65536).decode()
        except OSError:  # nobody has the other end open any more
            return False
        return True

    def picture(self) -> list[str]:
        """Wait for the next picture that is whole; return its lines, without control sequences."""
        before = self.written.count(HOME)
        deadline = time.monotonic() + PATIENCE
        while self.written.count(HOME) < before + 2:
            assert self.read(), self.written
            assert time.monotonic() < deadline, self.written
        whole = self.written.split(HOME)[-2]
        return [CONTROL.sub("", line) for line in whole.split("\r\n")]

    def press(self, keys: bytes) -> None:
        os.write(self.end, keys)


def resize(end: int, columns: int, rows: int) -> None:
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def take(terminal: int) -> None:
    """Make it the terminal whose Ctrl-C this process gets, and heeds."""
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    # Whoever runs the tests in the background of a shell ignores it, and what it starts does too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def on_a_terminal(
    server: ApiServer, columns: int, rows: int, **environment: str
) -> Iterator[Terminal]:
    """Run it on a terminal of this size until the block ends."""
    ours, theirs = pty.openpty()
    resize(ours, columns, rows)
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "app", "explain", "-A", "--watch"),
            f"--kubeconfig={server.kubeconfig}",
        ],
        cwd=ROOT,
        env=kept | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: take(theirs),  # noqa: PLW1509  it does next to nothing
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def store(server: ApiServer, number: int) -> None:
    """Store so many Leases, and candidates of one that disagree."""
    for one in range(number):
        lease(server, "team", f"lease-{one:02}")
    for name, strategy in (("a", "OldestEmulationVersion"), ("b", "example.com/newest")):
        held = server.objects["/apis/coordination.k8s.io/v1/namespaces/team/leases/lease-00"]
        spec = {
            "leaseName": "lease-00",
            "strategy": strategy,
            "binaryVersion": "1.37.0",
            "emulationVersion": "1.37.0",
            "renewTime": held["spec"]["renewTime"],
        }
        content = {
            "apiVersion": "coordination.k8s.io/v1beta1",
            "kind": "LeaseCandidate",
            "metadata": {"namespace": "team", "name": f"{name}-{'of-a-long-name-' * 4}{name}"},
            "spec": spec,
        }
        server.put(f"{CANDIDATES}/namespaces/team/leasecandidates/{name}", content)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_a_picture_fits_and_ends_with_the_summary(
    server: ApiServer, columns: int, rows: int
) -> None:
    store(server, 60)
    with on_a_terminal(server, columns, rows) as terminal:
        picture = terminal.picture()
    taken = sum(max(1, -(-len(line) // columns)) for line in picture)
    assert rows - 3 <= taken <= rows
    assert picture[-1] == "60 Leases: 59 held, 1 blocked"
    assert re.fullmatch(r"\.\.\. \d+ more lines", picture[-2])
    (why,) = [number for number, line in enumerate(picture) if line.startswith("  Why: ")]
    assert all(len(line) <= columns for line in picture[why : why + 2])
    (head,) = [line for line in picture if line.startswith("  CANDIDATE")]
    assert head.startswith("  CANDIDATE ")


def test_a_terminal_that_gets_another_size_gets_another_picture(server: ApiServer) -> None:
    store(server, 10)
    with on_a_terminal(server, 80, 24) as terminal:
        narrow = terminal.picture()
        assert any(re.search(r"more lines$", line) for line in narrow)
        terminal.resize(200, 50)
        terminal.picture()
        wide = terminal.picture()
    assert not any(re.search(r"more lines$", line) for line in wide)
    assert max(map(len, wide)) > 80
    assert sum(line.startswith("team/lease-") for line in wide) == 10


def test_a_change_is_drawn_in_place(server: ApiServer) -> None:
    held = lease(server, "team", "held")
    with on_a_terminal(server, 80, 24) as terminal:
        assert terminal.picture()[0].startswith("team/held: held by a ")
        server.send("MODIFIED", held | {"spec": held["spec"] | {"holderIdentity": "b"}})
        deadline = time.monotonic() + PATIENCE
        while not terminal.picture()[0].startswith("team/held: held by b "):
            assert time.monotonic() < deadline
        assert terminal.written.count("\x1b[2J") == 1


def test_no_color_leaves_colours_out(server: ApiServer) -> None:
    lease(server, "team", "held")
    with on_a_terminal(server, 80, 24, NO_COLOR="1") as terminal:
        terminal.picture()
        assert not re.search(r"\x1b\[[0-9;]*m", terminal.written)


def test_ctrl_c_ends_it_without_a_traceback(server: ApiServer) -> None:
    lease(server, "team", "held")
    with on_a_terminal(server, 80, 24) as terminal:
        terminal.picture()
        terminal.press(CTRL_C)
        code = terminal.process.wait(PATIENCE)
        while terminal.read():
            pass
    assert code == 130
    assert terminal.written.endswith("1 Lease: 1 held\x1b[K\x1b[J^C\r\n")
