"""Inside a machine: run a node with a pod, say so, and wait for the end of standard input.

python -m tests.suites.machine.owner PROGRAMS FOLDER
"""

import sys
from pathlib import Path

from devtools.controlplane import Binaries, wait_for
from devtools.node import run_node
from devtools.node.configuration import PAUSE


def main(programs: Path, folder: Path) -> None:
    """Print ``running`` once the pod runs."""
    with run_node(Binaries(programs), folder) as node:
        kubectl = node.control_plane.kubectl
        kubectl("run", "pod", f"--image={PAUSE}").check_returncode()
        state = ("get", "pod/pod", "--output=jsonpath={.status.phase}")
        wait_for(lambda: kubectl(*state).stdout == "Running", "the pod to run", timeout=60)
        sys.stdout.write("running\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
