"""The peer that is written in Go: built once, outside of the checkout, by what its go.sum pins."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE: Final = Path(__file__).parent / "servers" / "controller_runtime"
_ENVIRONMENT: Final = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}


class BuildError(Exception):
    """The program is missing and could not be built; the message says why, and what to do."""


def cache_folder() -> Path:
    """Return where built programs are kept: `LEASEGATE_CACHE`, else in the user's cache folder."""
    if own := os.environ.get("LEASEGATE_CACHE"):
        return Path(own).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leasegate"


def build(say: Callable[[str], None]) -> Path:
    """Return the program; another source or go.sum is another program."""
    files = sorted(path for path in SOURCE.iterdir() if path.name.startswith("go.") or path.suffix)
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    program = cache_folder() / "bench" / f"controller-runtime-{digest[:12]}"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise BuildError("there is no go on PATH; install Go 1.26 or newer, or name other --peers")
    say("building the controller-runtime peer with Go, once (2 to 5 minutes)")
    program.parent.mkdir(parents=True, exist_ok=True)
    unfinished = program.with_suffix(f".{os.getpid()}")
    done = subprocess.run(
        [go, "build", "-ldflags", "-s -w", "-o", str(unfinished), "."],
        cwd=SOURCE,
        env=os.environ | _ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"go could not build {SOURCE}: {done.stderr.strip()}")
    return unfinished.rename(program)
