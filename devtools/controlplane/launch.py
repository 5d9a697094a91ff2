"""Become the program on the command line, and be killed when the process that asked ends.

    python launch.py PARENT PROGRAM [ARGUMENT...]

A program started this way does not outlive its owner, however that ends, SIGKILL included
(PR_SET_PDEATHSIG, prctl(2); it stays in force over execve).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Replace this process by ``command``."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        return  # The owner ended before prctl was in force.
    os.execv(command[0], command)  # noqa: S606  # to become the program is the purpose


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
