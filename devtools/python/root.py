"""The root file system: a small Debian with Python, and what the Python-only tests call."""

import fcntl
import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.image.commands import require
from devtools.image.debian import debootstrap
from devtools.image.mirror import find_mirror

PACKAGES = ("python3", "python3-venv", "ca-certificates", "make", "curl", "git")


@dataclass(frozen=True)
class Root:
    """A file system that is only read, ``path``, in a folder that also has what belongs to it."""

    folder: Path
    log: Path

    @property
    def path(self) -> Path:
        """The file system."""
        return self.folder / "root"


def make_root(cache: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> Root:
    """Return the root, made now unless the cache has it; that takes a minute.

    The folder appears whole or not at all. Raises ImageError.
    """
    cache.mkdir(parents=True, exist_ok=True)
    log = cache / "build.log"
    mirror = find_mirror(environ, log)
    recipe = "\0".join((platform.machine(), *PACKAGES))
    folder = cache / f"{mirror.release}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with (cache / "lock").open("w") as lock:
        # Two at once: the second waits, and then finds it made.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            require(environ, os.geteuid())
            say(f"making a root file system of Debian {mirror.release}")
            with tempfile.TemporaryDirectory(dir=cache, prefix=f"{folder.name}.") as temporary:
                made = Path(temporary, "made")
                made.mkdir()
                debootstrap(made / "root", PACKAGES, mirror, environ, log)
                made.rename(folder)
    return Root(folder, log)
