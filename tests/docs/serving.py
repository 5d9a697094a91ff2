"""A command of the documentation that serves until it is stopped."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from typing import IO, TYPE_CHECKING, Final, Self

from tests.docs.console import SECONDS, mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.docs.blocks import Step

_SETTINGS: Final = {
    "LEASEGATE_PORT": "0",
    "LEASEGATE_OPERATIONS_PORT": "0",
    "LEASEGATE_DRAIN_SECONDS": "0",
}


class Serving:
    """Runs the command, on a port that is free, until its `with` ends."""

    def __init__(self, command: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=folder,
            env={**environment, **_SETTINGS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._printed = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=SECONDS)

    def wait_for(self, step: Step) -> str:
        """Return the empty string once all that the step says is printed, else the difference."""
        problem = mismatch(step, self._printed, "[0-9]+")
        for chunk in _chunks(self._process.stdout):
            self._printed += chunk
            if not (problem := mismatch(step, self._printed, "[0-9]+")):
                break
        return problem

    @property
    def port(self) -> int:
        """The port that it says it serves; 0 as long as it says none."""
        match = re.search(r"https://[^/\s]+:([0-9]+)", self._printed)
        return int(match[1]) if match else 0


def _chunks(stream: IO[bytes] | None) -> Iterator[str]:
    if stream is None:
        return
    deadline = time.monotonic() + SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while selector.select(deadline - time.monotonic()):
            chunk = os.read(stream.fileno(), 65536)
            if not chunk:
                return
            yield chunk.decode()
