"""A steady stream of writes that every hook sees, each of which must succeed and stay."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx2

from tests.node.candidates import GROUP, candidate, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.controlplane import ControlPlane

WRITERS: Final = 5


@dataclass
class Load:
    """The seconds that each write took, and the answers of those that failed."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

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
def writing(plane: ControlPlane, namespace: str, each_second: float = 50) -> Iterator[Load]:
    """Change LeaseCandidates at this rate until the block ends; then look that all is stored.

    A version changes each time, so that no condition skips the webhooks.
    """
    load, stop = Load(), threading.Event()

    def run(number: int) -> None:
        with plane.client() as api:
            name = f"writer-{number}"
            path = f"{GROUP}/v1beta1/namespaces/{namespace}/leasecandidates/{name}"
            last = ""
            due = time.monotonic()
            for patch in itertools.count():
                if stop.is_set():
                    break
                version = f"1.36.{patch}"
                if _try(api, load, path, name, namespace, version):
                    last = version
                due = max(due + WRITERS / each_second, time.monotonic() - 1)
                stop.wait(max(0, due - time.monotonic()))
            stored = api.get(path).json().get("spec", {}).get("binaryVersion")
            if stored != last:
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


def _try(
    api: httpx2.Client, load: Load, path: str, name: str, namespace: str, version: str
) -> bool:
    """Create it the first time, change it from then on; count what came of it."""
    began = time.monotonic()
    try:
        if version == "1.36.0":
            answer = write(api, namespace, candidate(name))
        else:
            headers = {"Content-Type": "application/merge-patch+json"}
            change = {"spec": {"binaryVersion": version}}
            answer = api.patch(path, json=change, headers=headers)
    except httpx2.HTTPError as error:
        load.refused.append(repr(error))
        return False
    load.seconds.append(time.monotonic() - began)
    if not answer.is_success:
        load.refused.append(answer.text)
        return False
    if answer.json()["spec"]["binaryVersion"] != version:
        load.lost.append(f"{path} was answered with {answer.text}")
    return True
