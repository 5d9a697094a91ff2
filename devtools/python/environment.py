"""The virtual environment of a checkout's locks, made by the Makefile inside of the root."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from devtools.image.commands import run
from devtools.image.pip_settings import pip_settings
from devtools.python.inside import command_inside
from devtools.python.root import Root

PINS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock", "pyproject.toml")
KEPT = 3
"""Environments of other locks that stay in the cache; each has 0.4 GiB."""


def make_environment(
    root: Root, checkout: Path, environ: Mapping[str, str], say: Callable[[str], None]
) -> Path:
    """Return the environment for the checkout's locks, made now unless the cache has it.

    Checkouts with the same locks share it, since each of them is at the same path inside. Raises
    ImageError.
    """
    content = b"\0".join((checkout / name).read_bytes() for name in PINS)
    made = root.folder / "environments" / hashlib.sha256(content).hexdigest()[:12]
    made.parent.mkdir(exist_ok=True)
    with (root.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            say("installing what the locks pin")
            _install(root, checkout, made, environ)
            _forget(made)
        os.utime(made)
    return made


def _install(root: Root, checkout: Path, made: Path, environ: Mapping[str, str]) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    settings = pip_settings(run(pip, environ, root.log), environ)
    with tempfile.TemporaryDirectory(dir=made.parent, prefix="new.") as temporary:
        result, configuration = Path(temporary, "made"), Path(temporary, "pip.conf")
        result.mkdir()
        configuration.write_text(settings.text)
        given = {configuration: Path("/etc/pip.conf"), **{path: path for path in settings.paths}}
        make = ["make", ".venv/dev.stamp"]
        run(command_inside(root.path, checkout, result, make, given, write=True), environ, root.log)
        result.rename(made)


def _forget(current: Path) -> None:
    others = (other for other in current.parent.iterdir() if other != current)
    for other in sorted(others, key=lambda other: other.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(other)
