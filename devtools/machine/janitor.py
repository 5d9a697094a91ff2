"""Remove the cgroups that are named on standard input, once that ends.

The owner writes a path a line and closes the pipe at its end. The kernel closes it where the owner
is killed, so this process, which is in a session of its own, cleans up after that as well.
"""

import contextlib
import os
import sys
import time

SECONDS = 30.0


def remove(folder: str) -> bool:
    """Remove a cgroup with all below it; False while processes are in it."""
    for path, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)  # noqa: PTH106  # started without site-packages, quickly
    return not os.path.isdir(folder)  # noqa: PTH112


def main() -> int:
    """Return 1 and name what is left where processes stay for 30 s."""
    left = [line.rstrip("\n") for line in sys.stdin]
    deadline = time.monotonic() + SECONDS
    while left := [folder for folder in left if not remove(folder)]:
        if time.monotonic() > deadline:
            sys.stderr.write(f"cgroups that still have processes: {' '.join(left)}\n")
            return 1
        time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())
