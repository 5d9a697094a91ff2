"""One YAML document: its value as JSON, and where each part of it stands.

libyaml parses; what its events mean is what kubectl makes of them (sigs.k8s.io/yaml on go-yaml v2):
keys become text, a key that stands twice takes its last value, and `<<` overrides what stands
before it. An alias shares the value of its anchor, so time and memory grow with the text alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from app.check import tree
from app.check.location import UnreadableError
from app.check.tree import Node, Tree
from app.check.yaml_scalar import Scalar, resolve, resolve_tagged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.check.location import Lines, Position

# As go-yaml: an alias counts as all values that it stands for, and this many are always permitted.
_ALIASED_VALUES: Final = 400_000
_MERGE: Final = "<<"


def yaml_trees(text: str, lines: Lines) -> Iterator[Tree]:
    """Yield the one document of a text, or none where it is empty; UnreadableError if it is bad."""
    reader = _Reader(text, lines)
    try:
        part = reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = lines.position(mark.index if mark is not None else 0)
        raise UnreadableError(f"is not YAML: {error.problem}", where) from None
    except yaml.reader.ReaderError as error:
        where = lines.position(min(error.position, len(text)))
        raise UnreadableError(f"is not YAML: {error.reason}", where) from None
    if part is not None and part.value is not None:
        node = part.node
        yield Tree(part.value, lines, lambda: node, has_doubled=reader.has_doubled)


@dataclass(frozen=True, slots=True)
class _Part:
    """A value, its node, and the number of values in it with every alias written out."""

    value: Any
    node: Node
    size: int = 1


class _Reader:
    def __init__(self, text: str, lines: Lines) -> None:
        self._parser = yaml.CBaseLoader(text)
        self._lines = lines
        # None while the value of the anchor is being read.
        self._anchors: dict[str, _Part | None] = {}
        self._aliased_values_left = max(_ALIASED_VALUES, len(text))
        self._depth = 0
        self._values = 0
        self.has_doubled = False

    def document(self) -> _Part | None:
        """Read all; return None where there is no document."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        part = self._part(self._next())
        self._next()
        try:
            if isinstance(self._next(), yaml.StreamEndEvent):
                return part
        except yaml.MarkedYAMLError:
            pass
        # There is a second one only after `...`, since the text was cut at each `---`.
        raise UnreadableError(
            "kubectl does not read what follows the end of a document; put --- between them",
            self._lines.position(part.node.end),
        )

    def _next(self) -> Any:  # noqa: ANN401  the stubs do not know what events have
        return self._parser.get_event()

    def _part(self, event: Any) -> _Part:  # noqa: ANN401
        self._values += 1
        if self._values > tree.MOST_VALUES:
            raise tree.too_many(self._start(event))
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        anchor = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            part = _Part(_scalar(event, self._lines), _node(event))
        else:
            part = self._container(event)
        if anchor is not None:
            self._anchors[anchor] = part
        return part

    def _container(self, event: Any) -> _Part:  # noqa: ANN401
        self._depth += 1
        if self._depth > tree.DEEPEST:
            raise tree.too_deep(self._start(event))
        node = _node(event, is_container=True)
        read = self._list if isinstance(event, yaml.SequenceStartEvent) else self._mapping
        part = read(node)
        self._depth -= 1
        return part

    def _list(self, node: Node) -> _Part:
        value: list[Any] = []
        size = 1
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            item = self._part(event)
            value.append(item.value)
            node.append(item.node)
            size += item.size
        node.end = _end(event)
        return _Part(value, node, size)

    def _mapping(self, node: Node) -> _Part:
        value: dict[str, Any] = {}
        own: set[str] = set()
        size = 1
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            is_merge = isinstance(event, yaml.ScalarEvent) and _is_plain(event, _MERGE)
            key = _MERGE if is_merge else self._key(event)
            part = self._part(self._next())
            size += part.size
            if is_merge:
                for merged in self._merged(part):
                    value.update(merged.value)
                    node.children.update(merged.node.children)
                continue
            value[key] = part.value
            if key in own:
                node.put(key, part.node)
                self.has_doubled = True
            own.add(key)
            node.children[key] = part.node
        node.end = _end(event)
        return _Part(value, node, size)

    def _key(self, event: Any) -> str:  # noqa: ANN401
        # An anchor may stand at a key.
        part = self._part(event)
        value = None if part.node.is_container else part.value
        match value:
            case str():
                return value
            case bool():
                return str(value).lower()
            case int():
                return str(value)
            case float():
                return repr(value).removesuffix(".0")
            case _:
                raise UnreadableError("a key must be a text or a number", self._start(event))

    def _merged(self, part: _Part) -> list[_Part]:
        """Return the mappings that `<<` names; of several, the first has the last word."""
        # What is merged is copied each time.
        self._spend(part)
        parts = [part]
        if isinstance(part.value, list):
            nodes = part.node.children.values()
            parts = [_Part(value, node) for value, node in zip(part.value, nodes, strict=True)][
                ::-1
            ]
        for each in parts:
            if not isinstance(each.value, dict):
                where = self._lines.position(each.node.start)
                raise UnreadableError("<< takes a mapping, or a list of mappings", where)
        return parts

    def _aliased(self, event: Any) -> _Part:  # noqa: ANN401
        if event.anchor not in self._anchors:
            where = self._start(event)
            raise UnreadableError(f"is not YAML: there is no anchor {event.anchor!r}", where)
        part = self._anchors[event.anchor]
        if part is None:
            where = self._start(event)
            raise UnreadableError("an alias stands for a value that it is a part of", where)
        self._spend(part, event)
        return part

    def _spend(self, part: _Part, event: Any = None) -> None:  # noqa: ANN401
        self._aliased_values_left -= part.size
        if self._aliased_values_left < 0:
            where = self._lines.position(part.node.start) if event is None else self._start(event)
            raise UnreadableError("its aliases stand for too many values", where)

    def _start(self, event: Any) -> Position:  # noqa: ANN401
        return self._lines.position(event.start_mark.index)


def _node(event: Any, *, is_container: bool = False) -> Node:  # noqa: ANN401
    return Node(event.start_mark.index, event.end_mark.index, is_container=is_container)


def _end(event: Any) -> int:  # noqa: ANN401
    end: int = event.end_mark.index
    return end


def _is_plain(event: Any, text: str) -> bool:  # noqa: ANN401
    return event.value == text and event.implicit[0] and event.tag in (None, "!")


def _scalar(event: Any, lines: Lines) -> Scalar:  # noqa: ANN401
    text: str = event.value
    where = event.start_mark.index
    try:
        if event.tag not in (None, "!"):
            value = resolve_tagged(event.tag, text)
        elif event.implicit[0]:
            value = resolve(text)
        else:
            return text
    except ValueError as error:
        raise UnreadableError(f"is not YAML: {error}", lines.position(where)) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableError(f"{text} is no number in JSON", lines.position(where))
    return value
