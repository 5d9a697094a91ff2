"""A root file system of Debian packages."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from devtools.image.commands import ENDS_WITH_US, run
from devtools.image.mirror import Mirror


def debootstrap(
    root: Path, packages: Iterable[str], mirror: Mirror, environ: Mapping[str, str], log: Path
) -> None:
    """Install the packages, and what Debian cannot be without, below ``root``.

    Raises ImageError.
    """
    run(
        [
            *ENDS_WITH_US,
            *("debootstrap", "--variant=minbase", f"--include={','.join(packages)}"),
            *(mirror.release, root, mirror.address),
        ],
        environ,
        log,
    )
    for leftover in (root / "var/cache/apt/archives").glob("*.deb"):
        leftover.unlink()
