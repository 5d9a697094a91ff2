"""One YAML document: its value as JSON, and where each part of it stands.

libyaml parses; what its nodes mean is what kubectl makes of them (sigs.k8s.io/yaml on go-yaml v2):
keys become text, a key that stands twice takes its last value, and `<<` overrides what stands
before it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import yaml
from typing_extensions import override

from app.check.place import START, Path, Position, UnreadableError, position_at
from app.check.yaml_scalar import Scalar, resolve, resolve_tagged

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH: Final = 200
# As go-yaml: beyond this many values, aliases must not multiply what the text holds.
_ALIASED_VALUES: Final = 400_000
_PLAIN: Final = "plain"
_QUOTED: Final = "quoted"
_MERGE: Final = "<<"


class _Parser(yaml.CSafeLoader):
    """Composes nodes and leaves it to us what plain scalars are.

    libyaml's own recursion has no bound: `[` some ten thousand times ends the process.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    @override
    def resolve(self, kind: type[yaml.Node], value: object, implicit: object) -> str:
        if kind is not yaml.ScalarNode:
            return ""
        return _PLAIN if isinstance(implicit, tuple) and implicit[0] else _QUOTED

    @override
    def descend_resolver(self, current_node: object, current_index: object) -> None:
        self._depth += 1
        if self._depth > _DEPTH:
            raise UnreadableError(f"is nested more than {_DEPTH} levels deep")

    @override
    def ascend_resolver(self) -> None:
        self._depth -= 1


class YamlTree:
    """A document that was read. `duplicates` are the places of keys that stand twice."""

    def __init__(self, text: str) -> None:
        self._root = _compose(text)
        self._left = max(_ALIASED_VALUES, len(text))
        self.duplicates: list[Path] = []
        self.value = None if self._root is None else self._value(self._root, ())

    def position(self, path: Path) -> Position:
        """Return where the value at `path` begins, or what is nearest to it above."""
        if self._root is None:
            return START
        node = _find(self._root, path)
        return Position(node.start_mark.line + 1, node.start_mark.column + 1)

    def span(self, path: Path) -> tuple[int, int]:
        """Return the first offset of the value at `path`, and the one after it."""
        if self._root is None:
            return (0, 0)
        node = _find(self._root, path)
        return node.start_mark.index, node.end_mark.index

    def _value(self, node: yaml.Node, path: Path) -> object:
        self._left -= 1
        if self._left < 0:
            raise UnreadableError("its aliases stand for too many values", _start(node))
        if len(path) > _DEPTH:
            raise UnreadableError("an alias stands for a value that it is a part of", _start(node))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, object]:
        mapping: dict[str, object] = {}
        keys: set[str] = set()
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == _MERGE:
                for merged in _merged(value_node):
                    mapping.update(self._mapping(merged, (*path, _MERGE)))
                continue
            key = _key(key_node)
            if key in keys:
                self.duplicates.append((*path, key))
            keys.add(key)
            mapping[key] = self._value(value_node, (*path, key))
        return mapping


def _compose(text: str) -> yaml.Node | None:
    root = None
    try:
        parser = _Parser(text)
        if parser.check_node():
            root = parser.get_node()
            # There is a second one only after `...`, since the text was cut at each `---`.
            parser.check_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(mark.line + 1, mark.column + 1) if mark is not None else START
        raise UnreadableError(_problem(error, is_after=root is not None), where) from None
    except yaml.reader.ReaderError as error:
        where = position_at(text, min(error.position, len(text)))
        raise UnreadableError(f"is not YAML: {error.reason}", where) from None
    return root


def _problem(error: yaml.MarkedYAMLError, *, is_after: bool) -> str:
    if is_after:
        return "kubectl does not read what follows the end of a document; put --- between them"
    if (error.context or "").startswith("found duplicate anchor"):
        return "an anchor with this name stands above already; take another name"
    return f"is not YAML: {error.problem}"


def _start(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(node: yaml.ScalarNode) -> Scalar:
    if node.tag == _QUOTED:
        text: str = node.value
        return text
    try:
        value = resolve(node.value) if node.tag == _PLAIN else resolve_tagged(node.tag, node.value)
    except ValueError as error:
        raise UnreadableError(f"is not YAML: {error}", _start(node)) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableError(f"{node.value} is no number in JSON", _start(node))
    return value


def _key(node: yaml.Node) -> str:
    value = _scalar(node) if isinstance(node, yaml.ScalarNode) else None
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return repr(value).removesuffix(".0")
        case None:
            raise UnreadableError("a key must be a text or a number", _start(node))


def _merged(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield the mappings that `<<` names; of several, the first has the last word."""
    nodes = reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]
    for each in nodes:
        if not isinstance(each, yaml.MappingNode):
            raise UnreadableError("<< takes a mapping, or a list of mappings", _start(each))
        yield each


def _find(node: yaml.Node, path: Path) -> yaml.Node:
    for part in path:
        found = _child(node, part)
        if found is None:
            break
        node = found
    return node


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == part:
                child: yaml.Node = value
                return child
    return None
