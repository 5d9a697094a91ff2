"""Splitting a file into its documents where kubectl splits it, one after the other.

Source: apimachinery `pkg/util/yaml/decoder.go`, YAMLReader: a line that begins with `---` begins a
document, wherever it stands, and may hold nothing else but a comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.check.place import Position, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one document. Its values and their places take some 30 times as many in memory."""

_SEPARATOR: Final = b"---"


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of one document, and the line before them that separates it from the last one.

    All chunks of a file, separators first, make up the file. `first_line` is that of `content`,
    from 1.
    """

    content: bytes
    first_line: int
    separator: bytes = b""

    @property
    def problem(self) -> UnreadableError | None:
        """Why kubectl does not take the separator."""
        rest = self.separator.removeprefix(_SEPARATOR).strip()
        if not rest or rest.startswith(b"#"):
            return None
        return UnreadableError(
            "kubectl reads nothing but a comment after ---; begin the document on the next line",
            Position(0, len(_SEPARATOR) + 1),
        )


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """Yield the documents of a file; UnreadableError where one is too large."""
    separator, content, size = b"", list[bytes](), 0
    first_line = line_number = 1
    while line := stream.readline(LIMIT + 1):
        if line.startswith(_SEPARATOR):
            yield Chunk(b"".join(content), first_line, separator)
            separator, content, size = line, [], 0
            first_line = line_number + 1
        else:
            content.append(line)
            size += len(line)
            if size > LIMIT:
                raise UnreadableError(
                    f"a document of more than {LIMIT // 1024**2} MiB; split it into smaller ones",
                    Position(first_line),
                )
        line_number += 1
    yield Chunk(b"".join(content), first_line, separator)
