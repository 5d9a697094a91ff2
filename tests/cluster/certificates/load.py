"""A steady stream of writes through both hooks, each of which must succeed."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.certificates.installation import Installation

WRITERS = 5


@dataclass
class Load:
    """How many writes there were, and the answers of those that failed."""

    writes: int = 0
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, problem: str | None) -> None:
        with self.lock:
            self.writes += 1
            if problem is not None:
                self.failures.append(problem)


@contextmanager
def writing(installation: Installation, each_second: float = 50) -> Iterator[Load]:
    """Change LeaseCandidates at this rate until the block ends."""
    load, stop = Load(), threading.Event()

    def write(number: int) -> None:
        with installation.control_plane.client() as api:
            name = f"writer-{number}"
            api.post(installation.candidates, json=installation.candidate(name))
            path = f"{installation.candidates}/{name}"
            due = time.monotonic()
            version = 0
            while not stop.is_set():
                version += 1
                due = max(due + WRITERS / each_second, time.monotonic() - 1)
                change = {"spec": {"binaryVersion": f"1.36.{version}"}}
                headers = {"Content-Type": "application/merge-patch+json"}
                try:
                    answer = api.patch(path, json=change, headers=headers)
                except httpx2.HTTPError as error:
                    load.count(repr(error))
                else:
                    load.count(None if answer.is_success else answer.text)
                stop.wait(max(0, due - time.monotonic()))

    writers = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for one in writers:
        one.start()
    try:
        yield load
    finally:
        stop.set()
        for one in writers:
            one.join()
