"""Changed reviews: a few values of a recorded one are others, or its text is damaged."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, Final

RECORDED: Final = Path(__file__).parents[2] / "examples" / "reviews"

_VALUES: Final[tuple[object, ...]] = (
    *(None, True, False, 0, -1, 1.5, 2**63, -(2**63) - 1, 1e308, float("nan")),
    *("", "x", "v1.33.0", "1.33", "1.33.0-rc.1+build", "9" * 30, "\N{ZERO WIDTH SPACE}", "\ud800"),
    *("CREATE", "UPDATE", "DELETE", "CONNECT", "leasecandidates", "v1alpha1", "system:apiserver"),
    *("OldestEmulationVersion", "example.com/strategy", "k8s.io/strategy", "a/b/c", "kube-*"),
    *("2026-11-22T08:46:03.154325Z", "2126-11-22T08:46:03.154325Z", "0001-01-01T00:00:00.000000Z"),
    *("2026-11-22T08:46:03Z", "9999-12-31T23:59:59.999999-23:59", "2026-02-30T00:00:00.000000Z"),
    *(
        [],
        {},
        [None],
        [1],
        [{}],
        {"a": None},
        {"a/b": "c"},
        {"": ""},
        {"x": [[[{}]]]},
        "x" * 70_000,
    ),
)
_NAMES: Final = (
    *("labels", "annotations", "finalizers", "ownerReferences", "deletionTimestamp", "pingTime"),
    *("generation", "lease_name", "object", "oldObject", "dryRun", "unknown", ""),
)
_OBJECTS: Final = ("object", "oldObject")
_OWNER: Final = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}
_DEEP: Final = b'"deep":' + b"[" * 5000 + b"]" * 5000 + b","


class Mutator:
    """Makes reviews, the same ones of the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._reviews: list[Any] = [
            json.loads(body) for body in map(Path.read_bytes, sorted(RECORDED.glob("*.json")))
        ]

    def body(self) -> bytes:
        """Return one more review, most of them with a few other values, some no JSON at all."""
        random = self._random
        review = deepcopy(random.choice(self._reviews))
        # Mostly in a candidate: of the rest, there is little that a hook looks at.
        objects = [review["request"][name] for name in _OBJECTS if review["request"].get(name)]
        for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5))):
            self._change(random.choice([*objects * 3, review]))
        body = json.dumps(review, separators=(",", ":")).encode()
        return self._damaged(body) if random.random() < 1 / 8 else body

    def _change(self, value: Any) -> None:  # noqa: ANN401  JSON
        """Go down to a random place and change what is there."""
        random = self._random
        while isinstance(value, dict | list) and value:
            key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
            below = value[key]
            if isinstance(below, dict | list) and below and random.random() < 7 / 8:
                value = below
                continue
            match random.randrange(6):
                case 0 if random.random() < 1 / 2:
                    del value[key]
                case 1 if isinstance(value, dict):
                    value[random.choice(_NAMES)] = self._value(below)
                case 2 if isinstance(value, dict):
                    value[random.choice(_NAMES)] = value.pop(key)
                case 3 if isinstance(value, list):
                    value.extend([deepcopy(below)] * random.randrange(3))
                case 4 if isinstance(below, str) and below:
                    cut = random.randrange(len(below))
                    value[key] = below[:cut] + str(self._value(below))[:8] + below[cut:]
                case _:
                    value[key] = self._value(below)
            return

    def _value(self, old: object) -> object:
        """Return another value, mostly of the same type: others are refused soon."""
        random = self._random
        if isinstance(old, list) and random.random() < 1 / 2:
            return [dict(_OWNER) for _ in range(random.randrange(4))]
        value = random.choice(_VALUES)
        while type(value) is not type(old) and random.random() < 7 / 8:
            value = random.choice(_VALUES)
        return deepcopy(value)

    def _damaged(self, body: bytes) -> bytes:
        """Return a text in which bytes are missing, twice there, others, or nested too deeply."""
        random = self._random
        start = random.randrange(len(body))
        end = min(len(body), start + random.randrange(1, 40))
        match random.randrange(5):
            case 0:
                return body[:start]
            case 1:
                return body[:start] + body[end:]
            case 2:
                return body[:end] + body[start:]
            case 3:
                return body[:start] + bytes([random.randrange(256)]) + body[start + 1 :]
            case _:
                place = body.find(b"{", start) + 1
                return body[:place] + _DEEP + body[place:]
