"""Semantic versions exactly as kube-apiserver reads them (blang/semver v4 `Parse`).

The `semver` package parses. It lacks one guard: blang holds every number in a uint64,
so a larger one is no version at all. The length is looked at before `int()`, which refuses more
than 4,300 digits by itself. kube-apiserver has no limit on the whole text; here it is far above
what anybody writes, since a megabyte would take seconds.
"""

from __future__ import annotations

import re
from typing import Final

from semver import Version

from app.leasecandidate.text_cache import TextCache

__all__ = ["Version", "is_below", "is_zero", "order", "parse", "suggest"]

_MAX: Final = 2**64 - 1
_LENGTH_LIMIT: Final = 128 * 1024
_MAX_DIGITS: Final = len(str(_MAX))
_TOO_MANY_DIGITS: Final = re.compile(rf"[0-9.]*[0-9]{{{_MAX_DIGITS + 1}}}")


def parse(text: str) -> Version | None:
    """Return the version that `text` is, or None where kube-apiserver calls it invalid."""
    return parsed[text]


def _parse(text: str) -> Version | None:
    if len(text) > _LENGTH_LIMIT or _TOO_MANY_DIGITS.match(text):
        return None
    try:
        version = Version.parse(text)
    except ValueError:
        return None
    identifiers = version.prerelease.split(".") if version.prerelease else []
    numbers = (
        version.major,
        version.minor,
        version.patch,
        *(_number(identifier) for identifier in identifiers if identifier.isdigit()),
    )
    return version if max(numbers) <= _MAX else None


parsed: Final = TextCache(_parse)


Order = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]
"""What sorts as versions do (semver.org, 11): build metadata does not count."""


def _order(text: str) -> Order:
    version = parse(text)
    if version is None:
        return 0, 0, 0, True, ()
    identifiers = version.prerelease.split(".") if version.prerelease else []
    return (
        version.major,
        version.minor,
        version.patch,
        not identifiers,
        tuple(
            (False, int(part), "") if part.isdigit() else (True, 0, part) for part in identifiers
        ),
    )


order: Final = TextCache(_order)
"""`order[text]` is the place of a version among others; what is no version counts as 0.0.0."""


def is_below(one: str, other: str) -> bool:
    """Whether the version `one` sorts before `other`."""
    return order[one] < order[other]


def is_zero(text: str) -> bool:
    """Whether `text` is 0.0.0, with or without build metadata, or no version at all."""
    return order[text] == order["0.0.0"]


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= _MAX_DIGITS else _MAX + 1


_NEAR_MISS: Final = re.compile(
    r"[vV]?\s*(?P<numbers>[0-9]{1,20}(?:\.[0-9]{1,20}){0,2})(?P<rest>[-+][0-9A-Za-z.+-]{1,256})?"
)


def suggest(text: str) -> str | None:
    """Return the version that an invalid `text` most likely means, or None.

    Covers what people write: a leading `v` or `V`, white space around it, missing parts, leading
    zeros. `v1.33` gives `1.33.0`.
    """
    match = _NEAR_MISS.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [str(int(number)) for number in match["numbers"].split(".")]
    numbers += ["0"] * (3 - len(numbers))
    guess = ".".join(numbers) + (match["rest"] or "")
    return guess if guess != text and parse(guess) is not None else None
