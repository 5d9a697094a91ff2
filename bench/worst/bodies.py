"""Bodies of reviews in which one field is a value of random structure, as large as is asked for."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "reviews"
_REVIEWS: Final = {
    "create": json.loads((_EXAMPLES / "create-with-leading-v.json").read_bytes()),
    "update": json.loads((_EXAMPLES / "update-changes-lease-name.json").read_bytes()),
}
_TEXTS: Final = ("", "a", "/", "a/b", "!", "\x01", "é", "\U0001f600", "\x85", "1.", "-a.", "<")
_PREFIXES: Final = ("", "1.0.0-", "example.com/", "2026-11-22T09:00:00.")
_OBJECT_PLACES: Final = (
    *(("metadata", name) for name in ("name", "generateName", "namespace", "uid", "labels")),
    *(("metadata", name) for name in ("annotations", "ownerReferences", "finalizers")),
    *(("metadata", name) for name in ("managedFields", "creationTimestamp", "generation")),
    *(("metadata", name) for name in ("resourceVersion", "deletionTimestamp", "unknown")),
    *(("spec", name) for name in ("leaseName", "binaryVersion", "emulationVersion", "strategy")),
    *(("spec", name) for name in ("pingTime", "renewTime", "unknown")),
    *((name,) for name in ("apiVersion", "kind", "status")),
)
_REQUEST_PLACES: Final = (
    *((name,) for name in ("uid", "name", "namespace", "subResource", "operation", "object")),
    *((name,) for name in ("oldObject", "options", "dryRun", "unknown", "resource")),
    *(("userInfo", name) for name in ("username", "groups", "extra")),
)


class Recipe(NamedTuple):
    """What a body is made of: which review, which field of which part, and which value."""

    review: str
    parts: tuple[str, ...]
    place: tuple[str, ...]
    what: str
    value: Callable[[int], object]

    def __str__(self) -> str:
        return f"{self.review}, {'+'.join(self.parts)} {'.'.join(self.place)}: {self.what}"

    def body(self, size: int) -> bytes:
        """Return about so many bytes; the value is written once for each part."""
        review = deepcopy(_REVIEWS[self.review])
        value = self.value(size // len(self.parts))
        for part in self.parts:
            target = review["request"] if part == "request" else review["request"][part]
            for name in self.place[:-1]:
                target = target.setdefault(name, {})
            target[self.place[-1]] = value
        return json.dumps(review, ensure_ascii=False, separators=(",", ":")).encode()


def recipe(chance: random.Random) -> Recipe:
    """Return any recipe."""
    what, value = _value(chance)
    if not chance.randrange(4):
        return Recipe("update", ("request",), chance.choice(_REQUEST_PLACES), what, value)
    place = chance.choice(_OBJECT_PLACES)
    review = chance.choice(tuple(_REVIEWS))
    parts = ("object",) if review == "create" or chance.randrange(2) else ("object", "oldObject")
    return Recipe(review, parts, place, what, value)


def _value(chance: random.Random) -> tuple[str, Callable[[int], object]]:
    text = chance.choice(_TEXTS)
    prefix = chance.choice(_PREFIXES)
    item: Any = chance.choice(
        (
            *(text, 0, 1.5, True, None, [], {}, {text: text}, [[]], prefix + text),
            *({"kind": text}, {"controller": True}, {"apiVersion": "v1", "kind": "Event"}),
        )
    )
    written = _length(item)
    match chance.randrange(4):
        case 0:
            return f"{prefix}{text!r} * n", lambda size: prefix + text * (size // _room(text))
        case 1:
            return f"[{item!r}] * n", lambda size: [item] * (size // (written + 1))
        case 2:
            key = f"{prefix}{text}"
            each = written + _length(key) + 9
            return f"{{{key + 'n'!r}: {item!r}}}", lambda size: {
                f"{key}{number}": item for number in range(size // each)
            }
        case _:
            deep: Any = item
            for _ in range(150):
                deep = [deep]
            each = _length(deep) + 1
            return f"[[..[{item!r}]..]] * n", lambda size: [deep] * (size // each)


def _length(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _room(text: str) -> int:
    return max(1, _length(text) - 2)
