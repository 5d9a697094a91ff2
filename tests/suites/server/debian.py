"""Programs out of Debian packages that are unpacked, not installed: no daemon starts."""

from __future__ import annotations

import fcntl
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATIENCE = 300.0


class PackageError(Exception):
    """Programs that are not there and cannot be had; the text says why, and what to do."""


def programs(package: str, names: Iterable[str], cache: Path) -> dict[str, Path]:
    """Return the path of each program: from PATH, or else from the package, kept in `cache`.

    The package is the one that this machine's own apt would install.
    """
    names = list(names)
    installed = {name: Path(path) for name in names if (path := shutil.which(name))}
    if len(installed) == len(names):
        return installed
    folder = cache / "debian" / _release() / package
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _unpack(package, folder)
    return {name: folder / "usr" / "bin" / name for name in names}


def _release() -> str:
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "unnamed")
    except OSError:
        return "unnamed"


def _unpack(package: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        scratch = Path(name)
        if not _run("apt-get", "download", package, folder=scratch):
            # The machine may never have looked at its package lists.
            _run("apt-get", "update", folder=scratch)
            if not _run("apt-get", "download", package, folder=scratch):
                raise PackageError(
                    f"apt-get cannot download {package}; install its programs, so that they are "
                    "on PATH, or run this on Debian or Ubuntu with package sources"
                )
        [archive] = scratch.glob("*.deb")
        unpacked = scratch / "unpacked"
        if not _run("dpkg", "-x", str(archive), str(unpacked), folder=scratch):
            raise PackageError(f"dpkg cannot unpack {archive.name}; is the disk full?")
        unpacked.rename(folder)


def _run(*command: str, folder: Path) -> bool:
    if shutil.which(command[0]) is None:
        return False
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_PATIENCE, check=False)
    return done.returncode == 0
