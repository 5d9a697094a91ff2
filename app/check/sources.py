"""The files of a run: those that are named, and the manifests below folders that are named."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STANDARD_INPUT: Final = Path("-")
_SUFFIXES: Final = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read; `path` is `-` for standard input."""

    path: Path

    @property
    def name(self) -> str:
        """What it is called in findings."""
        return "<stdin>" if self.path == STANDARD_INPUT else str(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open it for reading; OSError where that is not possible."""
        if self.path == STANDARD_INPUT:
            yield sys.stdin.buffer
            return
        with self.path.open("rb") as stream:
            yield stream


def sources(paths: Iterable[Path], refuse: Callable[[str, OSError], None]) -> Iterator[Source]:
    """Yield the files to read, each once; `refuse` is told which folder cannot be listed.

    Below a folder these are *.yaml, *.yml and *.json, in the order of their names. Hidden folders
    and symbolic links to folders are not entered, so that no loop of them is endless.
    """
    seen: set[Path] = set()
    for path in paths:
        found = _below(path, refuse) if _is_folder(path) else [path]
        for each in found:
            if each == STANDARD_INPUT or each not in seen:
                seen.add(each)
                yield Source(each)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # reading it says what is wrong


def _below(folder: Path, refuse: Callable[[str, OSError], None]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        refuse(str(error.filename), error)

    for root, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            # A broken link or a loop of links is yielded, since reading it says what is wrong.
            if name.endswith(_SUFFIXES) and (path.is_file() or path.is_symlink()):
                yield path
