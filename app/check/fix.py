"""Writing into manifests what the mutating side would change, and nothing else.

Only the characters of a value are replaced where they stand, so comments, quotes, indentation and
line ends stay as they are. What cannot be changed in this way (a value that others share through
an alias, an escape within it) is left, and found by the next check.
"""

from __future__ import annotations

import copy
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.check.document import text_of, trees
from app.check.objects import Content, objects
from app.check.place import UnreadableError
from app.check.stream import chunks
from app.leasecandidate import LeaseCandidate
from app.leasecandidate.normalize import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from app.check.document import Tree


@dataclass(frozen=True, slots=True)
class _Edit:
    """Replaces `old` by `new` between two offsets of a text; `path` is that of the value."""

    document: int
    path: tuple[str | int, ...]
    start: int
    end: int
    old: str
    new: str


def fix(path: Path) -> int:
    """Rewrite a file in one step, if there is something to change; return the number of values.

    OSError where it cannot be read or written, UnreadableError where a document is too large.
    """
    with path.open("rb") as stream:
        target = path.resolve()
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                changed = _rewrite(stream, file)
                if changed:
                    status = os.fstat(stream.fileno())
                    os.fchmod(file.fileno(), status.st_mode & 0o7777)
                    with suppress(PermissionError):
                        os.fchown(file.fileno(), status.st_uid, status.st_gid)
            if changed:
                os.replace(temporary, target)  # noqa: PTH105  both are known to be in one folder
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)  # noqa: PTH108
    return changed


def _rewrite(stream: BinaryIO, into: BinaryIO) -> int:
    changed = 0
    for chunk in chunks(stream):
        content = chunk.content
        # Spares the parser what holds nothing to change.
        if b"LeaseCandidate" in content:
            try:
                text, count = rewrite(text_of(chunk))
            except UnreadableError:
                count = 0
            if count:
                content = text.encode()
                changed += count
        into.write(chunk.separator + content)
    return changed


def rewrite(text: str) -> tuple[str, int]:
    """Return the text of a chunk with its values changed, and how many were."""
    before = [tree.value for tree in trees(text)]
    edits = [edit for number, tree in enumerate(trees(text)) for edit in _edits(tree, number, text)]
    edited, wanted = text, copy.deepcopy(before)
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        value = edited[edit.start : edit.end].replace(edit.old, edit.new, 1)
        edited = edited[: edit.start] + value + edited[edit.end :]
        _put(wanted[edit.document], edit.path, edit.new)
    if not edits or [tree.value for tree in trees(edited)] != wanted:
        return text, 0
    return edited, len(edits)


def _edits(tree: Tree, number: int, text: str) -> Iterator[_Edit]:
    for found in objects(tree.value):
        if found.content is not Content.CANDIDATE:
            continue
        try:
            candidate = LeaseCandidate.from_wire(found.value)
        except ValidationError:
            continue
        for change in normalize(candidate.spec)[0]:
            path = (*found.path, "spec", change.field)
            start, end = tree.span(path)
            if change.old in text[start:end]:
                yield _Edit(number, path, start, end, change.old, change.new)


def _put(value: Any, path: tuple[str | int, ...], new: str) -> None:  # noqa: ANN401  JSON
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = new
