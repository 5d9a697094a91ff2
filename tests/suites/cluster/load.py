"""A steady stream of writes that every hook sees, each of which must succeed and stay."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devtools.controlplane import ControlPlane

WRITERS: Final = 5
MERGE: Final = {"Content-Type": "application/merge-patch+json"}
Json = dict[str, Any]


@dataclass
class Load:
    """The seconds that each write took, and the answers of those that failed."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def writes(self) -> int:
        return len(self.seconds) + len(self.refused)

    @property
    def problems(self) -> list[str]:
        return self.refused + self.lost

    def latency(self) -> str:
        """Return what the writes took, for a person."""
        ordered = sorted(self.seconds)
        parts = [
            (name, ordered[int(len(ordered) * q)]) for name, q in (("median", 0.5), ("p99", 0.99))
        ]
        shown = ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in parts)
        return f"{len(ordered)} writes, {shown}, longest {1000 * ordered[-1]:.0f} ms"


@contextmanager
def writing(
    plane: ControlPlane,
    path: str,
    candidate: Callable[[str], Json],
    each_second: float = 50,
) -> Iterator[Load]:
    """Change LeaseCandidates at this rate until the block ends; then look that all is stored.

    `path` is the collection, `candidate` makes one of a name. A version changes each time, so that
    no condition skips the webhooks.
    """
    load, stop = Load(), threading.Event()

    def run(number: int) -> None:
        with plane.client() as api:
            name = f"writer-{number}"
            last = ""
            due = time.monotonic()
            for patch in itertools.count():
                if stop.is_set():
                    break
                body = candidate(name)
                body["spec"]["binaryVersion"] = version = f"1.36.{patch}"
                if _try(api, load, path, body):
                    last = version
                due = max(due + WRITERS / each_second, time.monotonic() - 1)
                stop.wait(max(0, due - time.monotonic()))
            stored = api.get(f"{path}/{name}").json().get("spec", {}).get("binaryVersion")
            if last and stored != last:
                load.lost.append(f"{name} was {last} last and is {stored}")

    writers = [threading.Thread(target=run, args=[number]) for number in range(WRITERS)]
    for one in writers:
        one.start()
    try:
        yield load
    finally:
        stop.set()
        for one in writers:
            one.join()


def _try(api: httpx2.Client, load: Load, path: str, body: Json) -> bool:
    """Create it the first time, change it from then on; count what came of it."""
    name, version = body["metadata"]["name"], body["spec"]["binaryVersion"]
    began = time.monotonic()
    try:
        if version == "1.36.0":
            answer = api.post(path, json=body)
        else:
            change = {"spec": {"binaryVersion": version}}
            answer = api.patch(f"{path}/{name}", json=change, headers=MERGE)
    except httpx2.HTTPError as error:
        load.refused.append(repr(error))
        return False
    if not answer.is_success:
        load.refused.append(answer.text)
        return False
    load.seconds.append(time.monotonic() - began)
    if answer.json()["spec"]["binaryVersion"] != version:
        load.lost.append(f"{name} was answered with {answer.text}")
    return True
