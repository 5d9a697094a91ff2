"""Applies the changes of the mutating webhook to manifests, and nothing else.

Only the characters of a value are replaced where they stand, so comments, quotes, indentation and
line ends stay as they are. What cannot be changed in this way (a value that others share through
an alias, an escape within it) is left, and found by the next check.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.check.documents import TEMPLATE, chunks, trees
from app.check.kinds import Content, may_have_candidates, objects
from app.check.location import Path as Keys, UnreadableError
from app.check.report import Change
from app.leasecandidate import LeaseCandidate
from app.leasecandidate.normalize import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.check.tree import Tree


class NotWritableError(OSError):
    """A file that must not be written, with what to do."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file with its values changed; `after` is as long as `before`, or shorter."""

    before: bytes
    after: bytes
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class _Edit:
    """Replaces a value between two offsets of a text; `keys` lead to it in its document."""

    document: int
    keys: Keys
    start: int
    end: int
    change: Change


def fixed(path: Path, *, is_named: bool = True) -> Fixed:
    """Return the content of a file before and after the fix; nothing is written.

    Without `is_named`, the file was found below a folder, and its templates are left as they are
    (see `Run`). Raises OSError where the file cannot be read, UnreadableError where a document is
    too large.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotWritableError("is no regular file")
    before, after, changes = list[bytes](), list[bytes](), list[Change]()
    with path.open("rb") as stream:
        for chunk in chunks(stream):
            content = chunk.content
            if may_have_candidates(content) and (is_named or TEMPLATE not in content):
                try:
                    text, found = rewrite(chunk.text(), str(path), chunk.first_line)
                except UnreadableError:
                    found = []
                if found:
                    content = text.encode()
                    changes += found
            before.append(chunk.separator + chunk.content)
            after.append(chunk.separator + content)
    return Fixed(b"".join(before), b"".join(after), changes)


def write(path: Path, content: bytes) -> None:
    """Replace what a file holds, in its place: links to it, its owner and its mode stay.

    OSError where that is not possible or not wanted.
    """
    # A superuser could write it all the same.
    if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise NotWritableError("is read-only")
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


def rewrite(text: str, file: str = "", first_line: int = 1) -> tuple[str, list[Change]]:
    """Return the text of a chunk with its values changed, and the changes in their order."""
    before = list(trees(text, first_line))
    edits = [
        edit for number, tree in enumerate(before) for edit in _edits(tree, number, text, file)
    ]
    # A value that two candidates share through an alias is changed once.
    places = sorted({(edit.start, edit.end): edit.change for edit in edits}.items())
    pieces, offset = list[str](), 0
    for (start, end), change in places:
        pieces += [text[offset:start], text[start:end].replace(change.old, change.new, 1)]
        offset = end
    edited = "".join((*pieces, text[offset:]))
    # A copy in which nothing is shared: aliases stand for one value.
    wanted = json.loads(json.dumps([tree.value for tree in before]))
    for edit in edits:
        _put(wanted[edit.document], edit.keys, edit.change.new)
    if not edits or [tree.value for tree in trees(edited)] != wanted:
        return text, []
    return edited, [change for _, change in places]


def _edits(tree: Tree, number: int, text: str, file: str) -> Iterator[_Edit]:
    for found in objects(tree.value):
        if found.content is not Content.CANDIDATE:
            continue
        try:
            candidate = LeaseCandidate.from_wire(found.value)
        except ValidationError:
            continue
        metadata = candidate.metadata
        name = "/".join(filter(None, (metadata.namespace, metadata.name)))
        rewrites, _ = normalize(candidate.spec)
        for each in rewrites:
            keys = (*found.path, "spec", each.field)
            node, where = tree.node(keys), tree.position(keys)
            field = f"spec.{each.field}"
            change = Change(file, where.line, where.column, name, field, each.old, each.new)
            if each.old in text[node.start : node.end]:
                yield _Edit(number, keys, node.start, node.end, change)


def _put(value: Any, keys: Keys, new: str) -> None:  # noqa: ANN401  JSON
    for key in keys[:-1]:
        value = value[key]
    value[keys[-1]] = new
