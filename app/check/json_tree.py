"""JSON documents, one after the other in a text, and where each part of them stands."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NoReturn

from app.check.place import START, Path, Position, UnreadableError, position_at

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_PLAIN_DECODER: Final = json.JSONDecoder()


class JsonSyntaxError(UnreadableError):
    """A text that is no JSON, and may be YAML."""


class JsonTree:
    """A document that was read: all of `text`, which stands at `offset` and `origin` in its chunk.

    `duplicates` are the places of keys that stand twice.
    """

    def __init__(
        self, text: str, value: object, offset: int, origin: Position, *, has_duplicates: bool
    ) -> None:
        self.value = value
        self._text = text
        self._offset = offset
        self._origin = origin
        self.duplicates = list(self._duplicates()) if has_duplicates else []

    def position(self, path: Path) -> Position:
        """Return where the value at `path` begins, or what is nearest to it above."""
        return position_at(self._text, self._find(path), self._origin)

    def span(self, path: Path) -> tuple[int, int]:
        """Return the first offset of the value at `path`, and the one after it."""
        start = self._find(path)
        return self._offset + start, self._offset + self._end(start)

    def _find(self, path: Path) -> int:
        start = 0
        for part in path:
            # The last one of a key that stands twice is the one that counts.
            found = [child for key, child in self._children(start) if key == part]
            if not found:
                break
            start = found[-1]
        return start

    def _children(self, start: int) -> Iterator[tuple[str | int, int]]:
        """Yield key or index, and the offset, of each value in the container at `start`."""
        text, is_object = self._text, self._text[start] == "{"
        if not is_object and text[start] != "[":
            return
        offset, index = _after_space(text, start + 1), 0
        while text[offset] not in "]}":
            key: str | int = index
            if is_object:
                key, offset = _PLAIN_DECODER.raw_decode(text, offset)
                offset = _after_space(text, _after_space(text, offset) + 1)
            yield key, offset
            offset, index = _after_space(text, self._end(offset)), index + 1
            if text[offset] == ",":
                offset = _after_space(text, offset + 1)

    def _duplicates(self) -> Iterator[Path]:
        open_paths: list[tuple[Path, int]] = [((), 0)]
        while open_paths:
            path, start = open_paths.pop()
            keys: set[str | int] = set()
            for key, child in self._children(start):
                if key in keys:
                    yield (*path, key)
                keys.add(key)
                open_paths.append(((*path, key), child))

    def _end(self, start: int) -> int:
        return _PLAIN_DECODER.raw_decode(self._text, start)[1]


class _Pairs:
    """Makes dicts of the pairs of objects, and remembers whether a key stood twice."""

    def __init__(self) -> None:
        self.has_duplicates = False

    def __call__(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        value = dict(pairs)
        self.has_duplicates = self.has_duplicates or len(value) < len(pairs)
        return value


def json_trees(text: str) -> Iterator[JsonTree]:
    """Yield the documents of a text, which follow each other with nothing but space between."""
    offset, origin = 0, START
    while True:
        start = _after_space(text, offset)
        origin = position_at(text[offset:start], start - offset, origin)
        if start == len(text):
            return
        pairs = _Pairs()
        value, offset = _decode(text, start, pairs, origin)
        document = text[start:offset]
        yield JsonTree(document, value, start, origin, has_duplicates=pairs.has_duplicates)
        origin = position_at(document, len(document), origin)


def _decode(text: str, start: int, pairs: _Pairs, origin: Position) -> tuple[object, int]:
    decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_constant=_refuse)
    try:
        return decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        where = position_at(text[start : error.pos], error.pos - start, origin)
        raise JsonSyntaxError(f"is not JSON: {error.msg}", where) from None
    except RecursionError:
        raise UnreadableError("is nested too deeply", origin) from None
    except ValueError as error:
        # An integer with more digits than Python converts.
        raise UnreadableError(f"is not usable JSON: {error}", origin) from None


def _after_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _refuse(constant: str) -> NoReturn:
    raise json.JSONDecodeError(f"{constant} is no number", constant, 0)
