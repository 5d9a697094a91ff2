"""One document of a file: its value as JSON, and where each part of that stands."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from app.check.location import Path, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.check.location import Lines, Position

DEEPEST: Final = 200
"""Levels of containers in a document; later steps recurse once for each level."""

MOST_VALUES: Final = 2_000_000
"""Values in a document. Small ones take a hundred times as much memory as text, with their places:
half a GiB in all."""

# Keys of one object that are reported as duplicates: there may be a million.
_MOST_DOUBLED: Final = 10
_NONE: Final[dict[str | int, Node]] = {}


class Node:
    """A value in a text: its first offset, the one after it, and the values in it.

    `children` are by key or index, a scalar has none; `doubled` are keys that stand twice.
    """

    __slots__ = ("children", "doubled", "end", "is_container", "start")

    def __init__(self, start: int, end: int, *, is_container: bool = False) -> None:
        self.start = start
        self.end = end
        self.is_container = is_container
        self.children: dict[str | int, Node] = {} if is_container else _NONE
        self.doubled: tuple[str, ...] = ()

    def put(self, key: str, child: Node) -> None:
        """Add the value of a key; where the key stands twice, the last value counts."""
        if key in self.children:
            self.doubled = (*self.doubled, key)[:_MOST_DOUBLED]
        self.children[key] = child

    def append(self, child: Node) -> None:
        """Add the next item of a list."""
        self.children[len(self.children)] = child


class Tree:
    """A document that was read; its nodes are made when the first place is asked for."""

    def __init__(
        self, value: object, lines: Lines, scan: Callable[[], Node], *, has_doubled: bool
    ) -> None:
        self.value = value
        self._lines = lines
        self._scan = scan
        self._has_doubled = has_doubled

    @cached_property
    def root(self) -> Node:
        """The node of the whole value."""
        return self._scan()

    def node(self, path: Path) -> Node:
        """Return the node at `path`, or the nearest above it."""
        node = self.root
        for part in path:
            child = node.children.get(part)
            if child is None:
                break
            node = child
        return node

    def position(self, path: Path) -> Position:
        """Return where in the file the value at `path` begins, or what is nearest above it."""
        return self._lines.position(self.node(path).start)

    def region(self, path: Path) -> tuple[Position, Position | None]:
        """Return where the value begins, and where a scalar ends: the position after it."""
        node = self.node(path)
        end = None if node.is_container else self._lines.position(node.end)
        return self._lines.position(node.start), end

    def doubled(self, path: Path) -> Iterator[Path]:
        """Yield the paths, relative to `path`, of the keys below it that stand twice."""
        if not self._has_doubled:
            return
        waiting: list[tuple[Path, Node]] = [((), self.node(path))]
        while waiting:
            below, node = waiting.pop()
            yield from ((*below, key) for key in node.doubled)
            children = node.children.items()
            waiting += [((*below, key), child) for key, child in children if child.children]


def too_deep(position: Position) -> UnreadableError:
    """Return the error of a document that has more levels than DEEPEST."""
    return UnreadableError(f"is nested more than {DEEPEST} levels deep", position)


def too_many(position: Position) -> UnreadableError:
    """Return the error of a document that has more values than MOST_VALUES."""
    return UnreadableError(f"has more than {MOST_VALUES} values; split it into several", position)


def require_shallow(value: object, position: Position) -> None:
    """UnreadableError where containers of a value are more than DEEPEST levels deep."""
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise too_deep(position)
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
