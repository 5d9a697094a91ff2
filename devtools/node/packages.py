"""Install the Debian packages that a node needs and this machine lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

SEARCHED: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAMS: Final = {
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "iptables": "iptables",
    "nft": "nftables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "unshare": "util-linux",
    # The image under test is built with these.
    "buildah": "buildah",
    "debootstrap": "debootstrap",
}
"""What a package is known by."""


def missing() -> list[str]:
    """Return the names of packages."""
    return [package for program, package in PROGRAMS.items() if not _is_there(program)]


def _is_there(program: str) -> bool:
    if program.startswith("/"):
        return Path(program).exists()
    return shutil.which(program, path=SEARCHED) is not None


def main() -> int:
    """Return 0 if everything is there in the end, else 1 and say what to do."""
    if not (packages := missing()):
        return 0
    if os.geteuid() != 0 or not _is_there("apt-get"):
        sys.stderr.write(f"node: install these packages first: {' '.join(packages)}\n")
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "--quiet"], install):
        # Standard output is for the path that `make node` prints.
        done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            sys.stderr.write(f"node: {' '.join(command)} failed\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
