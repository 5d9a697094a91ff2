"""What a hashed lock installs on a Python on Linux."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path


def locked(lock: Path, python: str) -> dict[str, str]:
    """Return name and version of each package; ``python`` is a minor version, ``3.11``."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    found = dict[str, str]()
    for line in lock.read_text().splitlines():
        text, continues, _ = line.partition(" \\")
        if not continues or text.startswith(" "):
            continue
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            [pin] = requirement.specifier
            found[canonicalize_name(requirement.name)] = pin.version
    return found
