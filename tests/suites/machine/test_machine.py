"""A machine of its own: it is one, it gives back exit codes, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import Binaries, wait_for
from devtools.machine import ADDRESS, NAME
from tests.suites.machine.traces import Traces, cgroups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPOSITORY = Path(__file__).parents[3]
MACHINE = (sys.executable, "-m", "devtools.machine")
BUSY = """
mkdir /sys/fs/cgroup/memory/deep /sys/fs/cgroup/memory/deep/deeper
mount -t tmpfs kubelet-volume /mnt
setsid sleep 1000 &
echo running
read line
"""
"""A cgroup in a cgroup, a mount, and an orphan that has left its session."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MACHINE, *command], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@contextmanager
def started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Yield the process of a machine once its command says that it runs."""
    with subprocess.Popen(
        [*MACHINE, *command],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "running\n"
            yield process
        finally:
            process.kill()


def members(machine: int) -> list[int]:
    """Return the processes of a machine, by the cgroup that they are in; unshare first."""
    (folder, *_) = cgroups(f"leasegate-node-{machine}")
    found: list[int] = []
    for file in Path(folder).rglob("cgroup.procs"):
        found += [int(line) for line in file.read_text().split()]
    return sorted(found)


def gone(pids: Sequence[int], machine: int) -> bool:
    left = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    return not left and not list(cgroups(f"leasegate-node-{machine}"))


@pytest.mark.parametrize(("code", "expected"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_exit_code_of_the_command_is_given_back(code: str, expected: int) -> None:
    assert run("sh", "-c", code).returncode == expected


def test_a_machine_has_a_name_an_address_and_nobody_else() -> None:
    done = run("sh", "-c", "hostname; ip -brief -4 address; ls /run /var/lib; ps -e -o comm=")
    assert done.stderr == ""
    assert done.stdout.startswith(f"{NAME}\n")
    assert f"{ADDRESS}/24" in done.stdout
    assert "dpkg" not in done.stdout
    assert "unshare" not in done.stdout


def test_nothing_leads_out() -> None:
    done = run("ip", "route", "get", "192.0.2.1")
    assert "dev node0" in done.stdout


def test_without_a_command_it_says_how_it_is_used() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: python -m devtools.machine COMMAND [ARGUMENT...]\n"


@pytest.mark.parametrize(
    ("victim", "number"),
    [
        ("the owner", signal.SIGKILL),
        ("the owner", signal.SIGTERM),
        ("unshare", signal.SIGKILL),
        ("process 1", signal.SIGKILL),
        ("the command", signal.SIGKILL),
    ],
)
def test_nothing_is_left_when_a_signal_ends(victim: str, number: signal.Signals) -> None:
    before = Traces.look()
    with started(["sh", "-c", BUSY]) as process:
        unshare, first, *others = pids = members(process.pid)
        assert len(others) >= 2
        pid = {"the owner": process.pid, "unshare": unshare, "process 1": first}.get(
            victim, others[0]
        )
        os.kill(pid, number)
        wait_for(lambda: gone(pids, process.pid), "the machine to be gone", timeout=30)
    assert Traces.look() == before


def test_nothing_is_left_when_the_command_ends() -> None:
    before = Traces.look()
    with started(["sh", "-c", BUSY]) as process:
        pids = members(process.pid)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 1
        assert gone(pids, process.pid)
    assert Traces.look() == before


def test_nothing_of_a_node_with_a_pod_is_left_when_its_owner_is_killed(
    binaries: Binaries, tmp_path: Path
) -> None:
    before = Traces.look()
    owner = (
        sys.executable,
        "-m",
        "tests.suites.machine.owner",
        str(binaries.folder),
        str(tmp_path),
    )
    with started(owner) as process:
        pids = members(process.pid)
        names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids}
        assert {"kubelet", "kube-apiserver", "containerd", "pause"} <= names
        process.kill()
        wait_for(lambda: gone(pids, process.pid), "the node to be gone", timeout=60)
    assert Traces.look() == before


def test_who_is_not_root_is_told_what_else_there_is() -> None:
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *MACHINE, "true"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("only root can make the namespaces of a node: use sudo")
    assert done.stderr.count("\n") == 1
