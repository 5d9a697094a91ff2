"""The documents of a file, read as kubectl reads them, one after the other.

Source: apimachinery `pkg/util/yaml/decoder.go`, YAMLReader: a line that begins with `---` begins a
document, wherever it stands, and may hold nothing else but a comment.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.check.json_tree import JsonSyntaxError, json_trees
from app.check.location import Lines, Position, UnreadableError
from app.check.tree import Tree, require_shallow
from app.check.yaml_tree import yaml_trees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one document. Its values and their places take some 30 times as many in memory."""

TEMPLATE: Final = b"{{"
"""What Helm and others replace. In a manifest it is part of a text, or no YAML."""

_SEPARATOR: Final = b"---"


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of one document, and what stands before them: a byte order mark, a separator.

    All chunks of a file, separators first, make up the file. `first_line` is that of `content`,
    from 1.
    """

    content: bytes
    first_line: int
    separator: bytes = b""

    def text(self) -> str:
        """Return the content as text; UnreadableError where kubectl does not take it."""
        rest = self.separator.removeprefix(_SEPARATOR).strip()
        if rest and not rest.startswith((b"#", codecs.BOM_UTF8)):
            raise UnreadableError(
                "kubectl reads nothing but a comment after ---; begin the document on the next "
                "line",
                Position(self.first_line - 1, len(_SEPARATOR) + 1),
            )
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            before = self.content[: error.start].decode()
            where = Lines(before, self.first_line).position(len(before))
            byte = self.content[error.start]
            raise UnreadableError(f"is not text in UTF-8: byte 0x{byte:02x}", where) from None


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """Yield the documents of a file; UnreadableError where one is too large."""
    separator, content = b"", bytearray()
    first_line = line_number = 1
    while line := stream.readline(LIMIT + 1):
        if line_number == 1 and line.startswith(codecs.BOM_UTF8):
            separator, line = codecs.BOM_UTF8, line.removeprefix(codecs.BOM_UTF8)
        if line.startswith(_SEPARATOR):
            yield Chunk(bytes(content), first_line, separator)
            separator, content = line, bytearray()
            first_line = line_number + 1
        else:
            content += line
            if len(content) > LIMIT:
                raise UnreadableError(
                    f"a document of more than {LIMIT // 1024**2} MiB; split it into smaller ones",
                    Position(first_line),
                )
        line_number += 1
    yield Chunk(bytes(content), first_line, separator)


def documents(chunk: Chunk) -> Iterator[Tree | UnreadableError]:
    """Yield the documents of a chunk, and last the error where it cannot be read to its end.

    A chunk of JSON may have several documents, one of YAML has one, or none where it is empty.
    """
    try:
        yield from trees(chunk.text(), chunk.first_line)
    except UnreadableError as error:
        yield error


def trees(text: str, first_line: int = 1) -> Iterator[Tree]:
    """Yield the documents of a text; UnreadableError where it cannot be read to its end.

    As with kubectl, a text that begins with a brace is read as JSON, and as YAML where it is not
    JSON. So is one that begins with a bracket, since other programs write lists in this way.
    """
    lines = Lines(text, first_line)
    for tree in _json_or_yaml(text, lines):
        require_shallow(tree.value, Position(first_line))
        yield tree


def _json_or_yaml(text: str, lines: Lines) -> Iterator[Tree]:
    if text.lstrip().startswith(("{", "[")):
        is_json = False
        try:
            for tree in json_trees(text, lines):
                is_json = True
                yield tree
        except JsonSyntaxError as error:
            if is_json:
                raise
            try:
                yield from yaml_trees(text, lines)
            except UnreadableError:
                raise error from None
    else:
        yield from yaml_trees(text, lines)
