"""The documents of a file: their values, and where each part of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.check.json_tree import JsonSyntaxError, json_trees
from app.check.place import Path, Position, UnreadableError, position_at
from app.check.stream import Chunk, chunks
from app.check.yaml_tree import YamlTree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


class Tree(Protocol):
    """A value and the places of its parts, relative to the text that it was read from."""

    value: object
    duplicates: list[Path]

    def position(self, path: Path) -> Position:
        """Return where the value at `path` begins, or what is nearest to it above."""

    def span(self, path: Path) -> tuple[int, int]:
        """Return the first offset of the value at `path`, and the one after it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file; `number` counts from 1, `first_line` is where its text begins."""

    number: int
    first_line: int
    tree: Tree

    def position(self, path: Path) -> Position:
        """Return where in the file the value at `path` begins, or what is nearest above it."""
        return self.tree.position(path).below(self.first_line)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of a file that cannot be read: what is wrong, and where in the file."""

    number: int
    position: Position
    problem: str


def documents(stream: BinaryIO) -> Iterator[Document | Unreadable]:
    """Yield the documents of a file; what cannot be read does not keep the others from it.

    Empty documents are left out.
    """
    number = 1
    try:
        for chunk in chunks(stream):
            if (problem := chunk.problem) is not None:
                yield _unreadable(problem, number, chunk.first_line)
            try:
                for tree in trees(text_of(chunk)):
                    yield Document(number, chunk.first_line, tree)
                    number += 1
            except UnreadableError as error:
                yield _unreadable(error, number, chunk.first_line)
                number += 1
    except UnreadableError as error:
        yield _unreadable(error, number, 1)


def text_of(chunk: Chunk) -> str:
    """Return the text of a chunk; UnreadableError where it is not UTF-8."""
    try:
        return chunk.content.decode()
    except UnicodeDecodeError as error:
        before = chunk.content[: error.start].decode()
        where = position_at(before, len(before))
        byte = chunk.content[error.start]
        raise UnreadableError(f"is not text in UTF-8: byte 0x{byte:02x}", where) from None


def trees(text: str) -> Iterator[Tree]:
    """Yield the documents of a chunk: of JSON several, of YAML one, none where it is empty.

    Like kubectl, takes for JSON what begins with a brace, and for YAML what then is no JSON.
    """
    if text.lstrip().startswith("{"):
        is_json = False
        try:
            for tree in json_trees(text):
                is_json = True
                yield tree
        except JsonSyntaxError as error:
            if is_json:
                raise
            yield _yaml_instead(text, error)
    elif (yaml_tree := YamlTree(text)).value is not None:
        yield yaml_tree


def _yaml_instead(text: str, json_error: UnreadableError) -> YamlTree:
    try:
        return YamlTree(text)
    except UnreadableError:
        raise json_error from None


def _unreadable(error: UnreadableError, number: int, first_line: int) -> Unreadable:
    return Unreadable(number, error.position.below(first_line), error.problem)
