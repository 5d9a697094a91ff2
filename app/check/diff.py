"""A change as `diff -u` and git show it.

A fix changes text within lines and keeps their number, so the lines are compared one by one. The
algorithms that look for inserted and moved lines take quadratic time.
"""

from __future__ import annotations

from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTEXT: Final = 3


def unified(name: str, before: bytes, after: bytes) -> Iterator[str]:
    """Yield the lines of a unified diff of two contents with the same number of lines."""
    olds, news = BytesIO(before).readlines(), BytesIO(after).readlines()
    changed = [index for index, (old, new) in enumerate(zip(olds, news, strict=True)) if old != new]
    if not changed:
        return
    yield f"--- a/{name}"
    yield f"+++ b/{name}"
    for first, last in _hunks(changed, len(olds)):
        lines = f"{first + 1},{last - first}" if last - first > 1 else f"{first + 1}"
        yield f"@@ -{lines} +{lines} @@"
        for is_changed, indices in groupby(range(first, last), lambda at: olds[at] != news[at]):
            at = list(indices)
            for old in olds[at[0] : at[-1] + 1]:
                yield from _line("-" if is_changed else " ", old)
            for new in news[at[0] : at[-1] + 1] if is_changed else ():
                yield from _line("+", new)


def _hunks(changed: list[int], lines: int) -> Iterator[tuple[int, int]]:
    first, last = changed[0], changed[0]
    for index in changed[1:]:
        if index - last - 1 > 2 * _CONTEXT:
            yield max(0, first - _CONTEXT), last + _CONTEXT + 1
            first = index
        last = index
    yield max(0, first - _CONTEXT), min(lines, last + _CONTEXT + 1)


def _line(sign: str, line: bytes) -> Iterator[str]:
    yield sign + line.removesuffix(b"\n").decode(errors="replace")
    if not line.endswith(b"\n"):
        yield r"\ No newline at end of file"
