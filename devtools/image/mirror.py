"""Where this machine's own apt gets Debian from; no address is written down in the project."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.image.commands import run
from devtools.image.errors import ImageError

DEBIAN = "trixie"
"""The release whose Python is of the minor version that the Dockerfile's default base has."""
_FORMAT = "$(SITE)|$(RELEASE)|$(COMPONENT)"


@dataclass(frozen=True)
class Mirror:
    """A release, such as ``trixie``, and the address that has its packages."""

    release: str
    address: str


def find_mirror(environ: Mapping[str, str], log: Path) -> Mirror:
    """Return the mirror that this machine's apt uses, and what to take from there.

    From a mirror of Debian that is always the same release, whichever this machine runs; from any
    other it is this machine's own. Raises ImageError.
    """
    distribution, own = _own_release()
    listed = run(
        ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"], environ, log
    )
    for line in listed.splitlines():
        address, *listing = line.split("|")
        if listing == [own, "main"]:
            return Mirror(DEBIAN if distribution == "debian" else own, address)
    raise ImageError(f"apt's sources have no line for {own} main, which debootstrap reads")


def _own_release() -> tuple[str, str]:
    try:
        release = platform.freedesktop_os_release()
        return release["ID"], release["VERSION_CODENAME"]
    except (OSError, KeyError):
        raise ImageError("this machine is neither Debian nor Ubuntu: it has no release") from None
