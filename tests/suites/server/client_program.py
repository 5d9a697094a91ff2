"""Builds and runs the Go program in client/, which posts as kube-apiserver does."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.reviews import RECORDED, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.running import Certificates

REVIEW = "validate-update-renews"
SERVER_NAME = "localhost"
PATIENCE = 300.0
_FOLDER = Path(__file__).parent / "client"
# The program needs Go's own library only: nothing is downloaded, neither modules nor a Go.
_ENVIRONMENT = {"GOFLAGS": "-mod=readonly", "GOPROXY": "off", "GOTOOLCHAIN": "local"}


def build_client(folder: Path) -> Path:
    """Build the program; Go keeps what it compiled, so that the second time takes a moment."""
    program = folder / "client"
    subprocess.run(
        ["go", "build", "-o", str(program), "."],
        cwd=_FOLDER,
        env=os.environ | _ENVIRONMENT,
        check=True,
    )
    return program


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the program prints at its end: see its source."""

    posts: int
    answered: int
    retries: dict[str, int]
    connections: int
    closing: int
    failures: int
    errors: list[str]
    slowest_ms: int


class Posting:
    """The program while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def posts(self) -> int:
        """Return how many posts came to an end so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def stop(self) -> Outcome:
        """Wait for the posts that are under way; return what came of all of them."""
        printed, _ = self._process.communicate(timeout=PATIENCE)
        return Outcome(**json.loads(printed))


@contextmanager
def posting(
    program: Path, port: int, certificates: Certificates, *, workers: int, burst: int
) -> Iterator[Posting]:
    """Post until `stop` is called or the block ends."""
    review = certificates.ca.with_name("review.json")
    review.write_bytes(RECORDED[REVIEW])
    arguments = {
        "address": f"127.0.0.1:{port}",
        "server-name": SERVER_NAME,
        "ca": str(certificates.ca),
        "review": str(review),
        "uid": recorded(REVIEW)["request"]["uid"],
        "workers": str(workers),
        "pause": "10ms",
        "burst": str(burst),
    }
    with subprocess.Popen(
        [str(program), *(f"-{name}={value}" for name, value in arguments.items())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Posting(process)
        finally:
            if process.poll() is None:
                process.kill()
