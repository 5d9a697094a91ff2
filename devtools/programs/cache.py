"""Where built programs are kept, so that only the first checkout on a machine builds them."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from devtools.programs.pins import Pin


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the cache: ``LEASEGATE_CACHE``, else ``leasegate`` in the user's cache folder.

    It is outside of every checkout, so a fresh clone finds what an earlier one built.
    """
    if own := environ.get("LEASEGATE_CACHE"):
        return Path(own).absolute()
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leasegate"


def programs_folder(cache: Path, pin: Pin) -> Path:
    """Return where the programs of one pin are kept; another go.sum means another folder."""
    return cache / "programs" / pin.key


def assets_folder(cache: Path, pins: Iterable[Pin]) -> Path:
    """Return the one folder that holds (links to) the programs of all ``pins``.

    It has the layout of envtest's ``KUBEBUILDER_ASSETS``, and the first pin's version as its name.
    """
    pins = list(pins)
    digest = hashlib.sha256("\0".join(pin.key for pin in pins).encode()).hexdigest()
    return cache / "control-plane" / f"{pins[0].version}-{digest[:12]}"


def link_assets(cache: Path, pins: Iterable[Pin]) -> Path:
    """Fill the assets folder with links to programs that are built already, and return it."""
    pins = list(pins)
    folder = assets_folder(cache, pins)
    folder.mkdir(parents=True, exist_ok=True)
    for pin in pins:
        for name in pin.programs:
            link = folder / name
            if not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(programs_folder(cache, pin) / name)
    return folder
