"""Releases, and which one is the newest."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_FINAL = re.compile(r"v?\d+(?:\.\d+)*")


@dataclass(frozen=True)
class Outdated:
    """A pin in a file or folder (``place``) for which there is a newer release."""

    place: str
    name: str
    pinned: str
    newest: str


def newest(releases: Iterable[str]) -> str:
    """Return the newest of ``v1.36.3`` or ``3.13``, or the empty string; no pre-release counts."""
    return max(filter(_FINAL.fullmatch, releases), key=numbers, default="")


def numbers(release: str) -> tuple[int, ...]:
    """Return what releases are ordered by: ``(1, 36, 3)``."""
    return tuple(map(int, re.findall(r"\d+", release)))
