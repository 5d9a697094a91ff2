"""Objects that really are in the server while updates of them are tried."""

from __future__ import annotations

from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any, Final

from devtools.parity.candidates import valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devtools.parity.question import JsonObject
    from devtools.parity.server import Server

_COUNT: Final = 60


@contextmanager
def stored_objects(server: Server, seed: int) -> Iterator[list[JsonObject]]:
    """Store objects, yield them as they are stored, and remove them again.

    Some of those with finalizers are being deleted.
    """
    stored: list[JsonObject] = []
    try:
        for number in range(_COUNT):
            random = Random(f"{seed}:stored:{number}")
            obj: dict[str, Any] = server.create(valid(random, f"stored-{number}"))
            if obj["metadata"].get("finalizers") and random.random() < 0.5:
                obj = server.delete(obj)
            del obj["metadata"]["managedFields"]
            stored.append(obj)
        server.close()  # which the server would do itself after 90 idle seconds
        yield stored
    finally:
        for obj in stored:
            server.remove(obj)
