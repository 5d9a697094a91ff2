"""The program as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 300.0
_QUICKLY = ("--port", "0", "--operations-port", "0", "--drain-seconds", "0")
ROOT = Path(__file__).parent.parent.parent


def run(
    *arguments: str, folder: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m app` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=folder,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Serving:
    """A process that has said that it serves, and what it said."""

    process: subprocess.Popen[str]
    url: str
    curl: str

    def stop(self, signal: int) -> tuple[int, str, str]:
        """Send a signal; return the exit code, and what was still written to both outputs."""
        self.process.send_signal(signal)
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors


@contextmanager
def serving(
    *arguments: str, folder: Path, environment: dict[str, str] | None = None
) -> Iterator[Serving]:
    """Run `python -m app serve --dev` on free ports, without a drain, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--dev", *_QUICKLY, *arguments],
        cwd=folder,
        env=_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            # A process that fails ends its output, so this never waits in vain.
            first = process.stdout.readline()
            second = "" if first.startswith("{") else process.stdout.readline()
            if not (second or first.startswith("{")):
                _, errors = process.communicate(timeout=PATIENCE)
                raise AssertionError(f"it did not serve: {first}{errors}")
            yield _serving(process, first, second)
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=PATIENCE)


def _serving(process: subprocess.Popen[str], first: str, second: str) -> Serving:
    if second:
        return Serving(process, first.rsplit(maxsplit=1)[-1], second.removeprefix("Try: ").strip())
    record = json.loads(first)
    return Serving(process, record["url"], record["try"])


def _environment(more: dict[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "LEASEGATE" not in name}
    return kept | {"PYTHONPATH": str(ROOT)} | (more or {})
