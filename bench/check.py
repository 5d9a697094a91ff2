"""`make bench-check`: what it costs to check a file, by its number of documents."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bench import page
from bench.machine import machine

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = "2026-03-01T12:00:00Z"
_MANIFEST = """\
# Instance {number} of a program that stands for the leadership of its lease.
apiVersion: coordination.k8s.io/v1beta1
kind: LeaseCandidate
metadata:
  name: instance-{number}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: instance
spec:
  leaseName: lease-{lease}
  binaryVersion: {v}1.33.0
  emulationVersion: "1.32.0"
  strategy: OldestEmulationVersion
  renewTime: 2026-03-01T12:00:00.000000Z
"""


@dataclass(frozen=True)
class Sample:
    """One run: seconds on the clock and of the processor, and the most memory it held."""

    documents: int
    bytes: int
    seconds: float
    processor_seconds: float
    peak_bytes: int


def write(path: Path, documents: int) -> None:
    """Write a file in which each tenth candidate has something to find, three share a lease."""
    with path.open("w") as file:
        for number in range(documents):
            v = "v" if number % 10 == 0 else ""
            values = {"number": number, "team": number % 7, "lease": number // 21, "v": v}
            file.write(f"---\n{_MANIFEST.format_map(values)}")


def measure(path: Path, documents: int) -> Sample:
    """Check a file in a process of its own."""
    size = path.stat().st_size
    sample, last = run(("check", str(path), "--now", NOW), documents, size)
    assert last.startswith(f"{documents} candidate")
    return sample


def run(
    arguments: Sequence[str], documents: int, size: int, *, code: int = 0
) -> tuple[Sample, str]:
    """Run leasegate in a process of its own; return what it took, and the last line it printed."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        last = process.stdout.read().splitlines()[-1].decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    assert process.returncode == code
    processor_seconds = usage.ru_utime + usage.ru_stime
    return Sample(documents, size, seconds, processor_seconds, usage.ru_maxrss * 1024), last


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-check", description=__doc__)
    parser.add_argument(
        "--documents", type=int, nargs="+", default=[1, 1_000, 10_000, 50_000], metavar="N"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        for documents in sorted(arguments.documents):
            path = Path(folder, f"{documents}.yaml")
            write(path, documents)
            sys.stderr.write(f"bench-check: {documents} documents\n")
            runs = [measure(path, documents) for _ in range(arguments.rounds)]
            samples.append(min(runs, key=lambda sample: sample.seconds))
    text = described(samples, arguments.rounds)
    print(text)
    if arguments.write:
        page.write("check", text)


def described(samples: Sequence[Sample], rounds: int) -> str:
    """Return the part of the page that a run makes."""
    rows = [
        f"## Checking files\n\nBest of {rounds} rounds. {machine()}.\n",
        "| documents | file | time | processor | most memory |\n|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {sample.documents} | {sample.bytes / 2**20:.1f} MiB | {sample.seconds:.2f} s "
        f"| {sample.processor_seconds:.2f} s | {sample.peak_bytes / 2**20:.0f} MiB |"
        for sample in samples
    ]
    rows += ["", "| more documents | time each | memory each |", "|---|--:|--:|"]
    for less, more in pairwise(samples):
        documents = max(1, more.documents - less.documents)
        rows.append(
            f"| from {less.documents} to {more.documents} "
            f"| {(more.seconds - less.seconds) / documents * 1e6:.0f} µs "
            f"| {(more.peak_bytes - less.peak_bytes) / documents:.0f} bytes |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
