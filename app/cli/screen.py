"""A terminal that shows a picture, again and again, in place."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CLEAR: Final = "\x1b[2J"
_HOME: Final = "\x1b[H"
_REST_OF_LINE: Final = "\x1b[K"
_REST_OF_SCREEN: Final = "\x1b[J"


def columns() -> int:
    """Return how wide standard output is now."""
    return shutil.get_terminal_size().columns


class Screen:
    """Shows lines on standard output, as many as fit, without a flicker."""

    def __init__(self, *, is_coloured: bool) -> None:
        self._is_coloured = is_coloured
        self._begun = False

    def draw(self, lines: Sequence[str], last: str) -> None:
        """Show the lines in place of those before, and below them `last`, whatever fits."""
        width, height = shutil.get_terminal_size()
        fitting = [*_fitting(lines, width, height - _rows(last, width))]
        if len(fitting) < len(lines):
            fitting = [*_fitting(lines, width, height - _rows(last, width) - 1)]
            fitting.append(f"... {len(lines) - len(fitting)} more lines")
        shown = [line if self._is_coloured else click.unstyle(line) for line in [*fitting, last]]
        text = "\n".join(f"{line}{_REST_OF_LINE}" for line in shown)
        sys.stdout.write(f"{'' if self._begun else _CLEAR}{_HOME}{text}{_REST_OF_SCREEN}")
        sys.stdout.flush()
        self._begun = True


def _fitting(lines: Iterable[str], width: int, height: int) -> Iterable[str]:
    for line in lines:
        height -= _rows(line, width)
        if height < 0:
            return
        yield line


def _rows(line: str, width: int) -> int:
    """Return how many rows of a terminal a line takes."""
    return max(1, -(-len(click.unstyle(line)) // max(1, width)))
