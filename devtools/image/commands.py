"""Programs that the build runs, found beforehand or named in an error."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.image.errors import ImageError

PACKAGES = ("buildah", "debootstrap")
"""Debian packages, each with a program of its name."""

ENDS_WITH_US = (
    *("setpriv", "--pdeathsig=KILL"),
    *("unshare", "--mount", "--propagation=private", "--pid", "--mount-proc"),
    *("--fork", "--kill-child"),
)
"""Before a command: whatever it starts and mounts ends with this thread, even if that is killed."""

REASONS = {
    "no space left on device": "the disk is full: a build takes 2 GiB for a while",
    "hashes are required": "requirements.lock does not pin all that is installed: run make lock",
    "do not match the hashes": "a downloaded package is not the one that the lock pins",
    "could not find a version": "pip finds no wheel of a pinned release: see the log",
    "temporary failure resolving": "the Debian mirror of this machine's apt cannot be reached",
    "temporary failure in name resolution": "the package index of pip cannot be reached",
}
"""What a program's output means, by a part of it in lower case."""


def require(environ: Mapping[str, str], user: int) -> None:
    """Raise ImageError unless the programs are there and the user may use them."""
    missing = [name for name in PACKAGES if shutil.which(name, path=environ.get("PATH")) is None]
    if missing:
        raise ImageError(
            f"there is no {' and no '.join(missing)} on PATH:"
            f" apt-get install --no-install-recommends {' '.join(missing)}"
        )
    if user != 0:
        raise ImageError(
            "debootstrap and buildah's chroot isolation need root: run it as root, or build the"
            " Dockerfile with docker or podman"
        )


def run(command: Sequence[str | Path], environ: Mapping[str, str], log: Path) -> str:
    """Return the standard output; everything else is added to ``log``. Raises ImageError."""
    arguments = [os.fspath(part) for part in command]
    with log.open("a") as errors:
        began = errors.tell()
        done = subprocess.run(
            arguments,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
        errors.write(done.stdout)
    if done.returncode != 0:
        with log.open(errors="replace") as written:
            written.seek(began)
            text = written.read()
        name = arguments[len(ENDS_WITH_US) if arguments[0] == ENDS_WITH_US[0] else 0]
        raise ImageError(f"{name} failed: {_reason(text)} (all of its output: {log})")
    return done.stdout


def _reason(output: str) -> str:
    known = (reason for part, reason in REASONS.items() if part in output.lower())
    lines = [
        line for line in output.splitlines() if re.search(r"\berror\b|^E:", line, re.IGNORECASE)
    ]
    last = lines or output.strip().splitlines() or ["it said nothing"]
    return next(known, last[-1].strip())
