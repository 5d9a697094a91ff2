"""JSON documents, one after the other in a text, and where each part of them stands."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from app.check import tree
from app.check.location import UnreadableError
from app.check.tree import Node, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.location import Lines

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s{}\[\],:"]++')


class JsonSyntaxError(UnreadableError):
    """A text that is no JSON, and may be YAML."""


class _Pairs:
    """Makes dicts of the pairs of objects, and remembers whether a key stood twice."""

    def __init__(self) -> None:
        self.has_doubled = False

    def __call__(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        value = dict(pairs)
        self.has_doubled = self.has_doubled or len(value) < len(pairs)
        return value


def json_trees(text: str, lines: Lines) -> Iterator[Tree]:
    """Yield the documents of a text, which follow each other with nothing but space between."""
    start = _after_space(text, 0)
    # A comma or an opening bracket stands before each value, so their number is an upper bound.
    # Strings that hold so many of them are refused as well.
    if sum(text.count(mark) for mark in ",[{") > tree.MOST_VALUES:
        raise tree.too_many(lines.position(start))
    while start < len(text):
        pairs = _Pairs()
        value, end = _decode(text, start, pairs, lines)
        yield Tree(value, lines, partial(_scan, text, start, end), has_doubled=pairs.has_doubled)
        start = _after_space(text, end)


def _decode(text: str, start: int, pairs: _Pairs, lines: Lines) -> tuple[object, int]:
    decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_constant=_refuse)
    try:
        return decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        where = lines.position(error.pos)
        raise JsonSyntaxError(f"is not JSON: {error.msg}", where) from None
    except RecursionError:
        raise tree.too_deep(lines.position(start)) from None
    except ValueError as error:
        # An integer with more digits than Python converts.
        where = lines.position(start)
        raise UnreadableError(f"is not usable JSON: {error}", where) from None


def _scan(text: str, start: int, end: int) -> Node:
    """Return the nodes of a text that is JSON, from its tokens."""
    root = Node(start, end)
    opened: list[Node] = []
    key: str | None = None
    for token in _TOKEN.finditer(text, start, end):
        mark = text[token.start()]
        if mark in ",:":
            continue
        if mark in "]}":
            opened.pop().end = token.end()
            continue
        inside = opened[-1] if opened else None
        if inside is not None and key is None and text[inside.start] == "{":
            quoted = token[0]
            key = json.loads(quoted) if "\\" in quoted else quoted[1:-1]
            continue
        node = Node(token.start(), token.end(), is_container=mark in "[{")
        if inside is None:
            root = node
        elif key is None:
            inside.append(node)
        else:
            inside.put(key, node)
            key = None
        if node.is_container:
            opened.append(node)
    return root


def _after_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _refuse(constant: str) -> NoReturn:
    raise json.JSONDecodeError(f"{constant} is no number", constant, 0)
