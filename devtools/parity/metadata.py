"""Metadata at the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devtools.parity.texts import HUGE, any_text, name, of_length, qualified_name
from devtools.parity.versions import time

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from devtools.parity.question import JsonObject

NAMESPACE: Final = "parity"
_NAMESPACES: Final = (
    NAMESPACE,
    NAMESPACE,
    NAMESPACE,
    "",
    None,
    "default",
    "Parity",
    "parity ",
    "é",
)
_INTEGERS: Final = (
    0,
    1,
    -1,
    7,
    2**31,
    -(2**31),
    2**63 - 1,
    -(2**63),
    2**63,
    -(2**63) - 1,
    1.0,
    0.5,
)
_ANNOTATIONS_LIMIT: Final = 256 * 1024
_OWNER_VERSIONS: Final = ("v1", "apps/v1", "", "/", "a/", "/v1", "a/b/c", "v1/", "example.com/v1")
_OWNER_KINDS: Final = ("Pod", "Event", "", "event", "<Kind>", "é\u2028")
_UIDS: Final = ("u-1", "u-2", "", "u-1", "<&>")

_RESOURCE_VERSIONS: Final = (
    *("", None, "0", "00", "1", "-1", "+1", "abc", "\u0661", "1_0", "0x1", "1.0"),
    *(str(2**64 - 1), str(2**64), "9" * 5_000),
)


def _name(random: Random, meta: JsonObject) -> None:
    meta["name"] = name(random)


def _no_name(random: Random, meta: JsonObject) -> None:
    meta.pop("name", None)
    if random.random() < 0.9:
        _generate_name(random, meta)


def _generate_name(random: Random, meta: JsonObject) -> None:
    meta["generateName"] = name(random)
    if random.random() < 0.3:
        # Generated names are cut after 58 bytes, here before, within or after a character.
        meta["generateName"] = of_length(random, random.randrange(55, 59), "a") + any_text(random)


def _namespace(random: Random, meta: JsonObject) -> None:
    meta["namespace"] = random.choice(_NAMESPACES)


def _labels(random: Random, meta: JsonObject) -> None:
    values = (name, qualified_name, any_text)
    meta["labels"] = {
        qualified_name(random): random.choice(values)(random)
        for _ in range(random.choice((0, 1, 1, 1, 2, 5)))
    }


def _annotations(random: Random, meta: JsonObject) -> None:
    meta["annotations"] = {
        qualified_name(random): any_text(random) for _ in range(random.choice((0, 1, 1, 1, 2, 5)))
    }


def _large_annotations(random: Random, meta: JsonObject) -> None:
    unit = random.choice(("a", "é", "<", "\0"))
    key = random.choice(("a", "a-", "b/é"))
    if random.random() < 0.3:
        meta["annotations"] = {key: unit * random.choice(HUGE)}
        return
    # The limit is of the bytes of all keys and values together.
    units, rest = divmod(_ANNOTATIONS_LIMIT - len(key.encode()) - 1, len(unit.encode()))
    over = random.choice((-1, 0, 0, 1, 1, 2, 1_000))
    meta["annotations"] = {key: unit * units, "c": "x" * (rest + over)}


def _owner(random: Random) -> object:
    if random.random() < 0.03:
        return None
    owner: dict[str, object] = {
        "apiVersion": random.choice(_OWNER_VERSIONS[: random.choice((2, len(_OWNER_VERSIONS)))]),
        "kind": random.choice(_OWNER_KINDS[: random.choice((2, len(_OWNER_KINDS)))]),
        "name": random.choice(("owner", "owner", "", "é", "a/b")),
        "uid": random.choice(_UIDS),
        "controller": random.choice((None, True, True, False)),
        "blockOwnerDeletion": random.choice((None, True, False)),
        "unknown": random.random(),
    }
    for field in list(owner):
        if random.random() < 0.1:
            del owner[field]
    return owner


def _owner_references(random: Random, meta: JsonObject) -> None:
    owners = [_owner(random) for _ in range(random.choice((0, 1, 1, 2, 2, 3, 4)))]
    if owners and random.random() < 0.3:
        owners.append(random.choice(owners))
    meta["ownerReferences"] = owners


def _finalizers(random: Random, meta: JsonObject) -> None:
    meta["finalizers"] = [
        random.choice(("orphan", "foregroundDeletion"))
        if random.random() < 0.3
        else qualified_name(random)
        for _ in range(random.choice((0, 1, 1, 2, 3)))
    ]


def _generation(random: Random, meta: JsonObject) -> None:
    meta["generation"] = random.choice(_INTEGERS)


def _deletion(random: Random, meta: JsonObject) -> None:
    if random.random() < 0.7:
        meta["deletionTimestamp"] = time(random)
    if random.random() < 0.5:
        meta["deletionGracePeriodSeconds"] = random.choice(_INTEGERS)


def _creation_timestamp(random: Random, meta: JsonObject) -> None:
    meta["creationTimestamp"] = time(random)


def _server_fields(random: Random, meta: JsonObject) -> None:
    meta["selfLink"] = any_text(random)
    meta["managedFields"] = random.choice(([], None))
    meta["clusterName"] = any_text(random)


def _uid(random: Random, meta: JsonObject) -> None:
    meta["uid"] = random.choice(("", None, "another"))


def _resource_version(random: Random, meta: JsonObject) -> None:
    given = str(meta.get("resourceVersion", "5"))
    texts = (*_RESOURCE_VERSIONS, f"0{given}", f"{given} ", f"{given}0", "0" * 30 + given)
    meta["resourceVersion"] = random.choice(texts)


EDGES: Final[tuple[tuple[int, Callable[[Random, JsonObject], None]], ...]] = (
    (10, _name),
    (8, _no_name),
    (2, _generate_name),
    (5, _namespace),
    (14, _labels),
    (10, _annotations),
    (2, _large_annotations),
    (12, _owner_references),
    (12, _finalizers),
    (3, _generation),
    (3, _deletion),
    (2, _creation_timestamp),
    (1, _server_fields),
    (2, _uid),
    (2, _resource_version),
)
"""How often each is put in, and what puts it in."""
