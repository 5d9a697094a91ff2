"""The files of a run: those that are named, and the manifests below folders that are named."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from app.errors import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STANDARD_INPUT: Final = Path("-")
_SUFFIXES: Final = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read; `path` is `-` for standard input.

    `is_named` is False for a file that was found below a folder: it need not be a manifest.
    """

    path: Path
    is_named: bool = True

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


def sources(paths: Iterable[Path], refuse: Callable[[str, str], None]) -> Iterator[Source]:
    """Yield the files to read, each once; `refuse` is called with each folder that has none.

    Below a folder these are *.yaml, *.yml and *.json, in the order of their names. Hidden folders
    and symbolic links to folders are not entered, and links to files out of it are not followed.
    """
    seen: set[Path] = set()
    for path in paths:
        is_folder = _is_folder(path)
        for each in _below(path, refuse) if is_folder else [path]:
            if each == STANDARD_INPUT or each not in seen:
                seen.add(each)
                yield Source(each, is_named=not is_folder)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # reading it says what is wrong


def _below(folder: Path, refuse: Callable[[str, str], None]) -> Iterator[Path]:
    refused: list[OSError] = []
    inside = Path(os.path.realpath(folder))
    is_empty = True
    for root, folders, files in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if name.endswith(_SUFFIXES) and _is_manifest(path, inside):
                is_empty = False
                yield path
    for error in refused:
        refuse(str(error.filename), f"cannot be read: {reason(error)}")
    if is_empty and not refused:
        refuse(str(folder), "has no *.yaml, *.yml or *.json below it; name a folder that has")


def _is_manifest(path: Path, folder: Path) -> bool:
    """Whether `path` is a file, and no link out of the folder.

    A broken link and a loop of links count as files: reading them reports what is wrong.
    """
    if not path.is_symlink():
        return path.is_file()
    target = Path(os.path.realpath(path))
    return target.is_relative_to(folder) and (target.is_file() or not target.exists())
