"""Where this machine's own apt gets Debian from; no address is written down in the project."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.image.commands import run
from devtools.image.errors import ImageError

_FORMAT = "$(SITE)|$(RELEASE)|$(COMPONENT)"


@dataclass(frozen=True)
class Mirror:
    """A release, such as ``bookworm``, and the address that has its packages."""

    release: str
    address: str


def find_mirror(environ: Mapping[str, str], log: Path) -> Mirror:
    """Return the mirror of the release that this machine runs. Raises ImageError."""
    release = release_name()
    listed = run(
        ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"], environ, log
    )
    for line in listed.splitlines():
        address, *listing = line.split("|")
        if listing == [release, "main"]:
            return Mirror(release, address)
    raise ImageError(f"apt's sources have no line for {release} main, which debootstrap reads")


def release_name() -> str:
    """Return the release that this machine runs, ``bookworm``. Raises ImageError."""
    try:
        return platform.freedesktop_os_release()["VERSION_CODENAME"]
    except (OSError, KeyError):
        raise ImageError("this machine is neither Debian nor Ubuntu: it has no release") from None
