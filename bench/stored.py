"""Part of `make bench-check`: what it costs to check the candidates that a cluster stores.

They are put into etcd directly, as JSON, which kube-apiserver reads: to write a hundred thousand by
its API would take longer than everything else.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

from app.leasecandidate import MicroTime
from bench import page
from bench.check import run
from bench.machine import machine
from devtools.parity.controlplane import run_without_elections
from devtools.programs.binaries import find_binaries

if TYPE_CHECKING:
    from bench.check import Sample
    from devtools.controlplane import ControlPlane

_PATH: Final = "/apis/coordination.k8s.io/v1beta1/namespaces/default/leasecandidates"
_KEY: Final = "/registry/leasecandidates/default/"
_AT_ONCE: Final = 100
"""Writes of one transaction; etcd takes up to 128."""
_EACH: Final = 10
"""Every so many-th candidate is denied: its leaseName is that of no Lease."""


def candidate(number: int, now: str) -> dict[str, Any]:
    """Return a candidate as it is stored; three share a Lease."""
    lease = f"lease-{number // 3}" if number % _EACH else f"Lease_{number}"
    return {
        "apiVersion": "coordination.k8s.io/v1beta1",
        "kind": "LeaseCandidate",
        "metadata": {
            "name": f"candidate-{number}",
            "namespace": "default",
            "uid": f"00000000-0000-4000-8000-{number:012}",
            "creationTimestamp": "2026-11-27T00:00:00Z",
        },
        "spec": {
            "leaseName": lease,
            "binaryVersion": "1.36.0",
            "emulationVersion": "1.36.0",
            "strategy": "OldestEmulationVersion",
            "renewTime": now,
        },
    }


def fill(plane: ControlPlane, number: int) -> None:
    """Store so many."""
    now = str(MicroTime.at(datetime.now(UTC)))
    url = f"{plane.etcd.endpoints[0].url('http')}/v3/kv/txn"
    with httpx2.Client(trust_env=False, timeout=60) as client:
        for start in range(0, number, _AT_ONCE):
            puts = [
                {"requestPut": {"key": _encoded(f"{_KEY}candidate-{one}"), "value": value}}
                for one in range(start, min(number, start + _AT_ONCE))
                for value in [_encoded(json.dumps(candidate(one, now)))]
            ]
            client.post(url, json={"success": puts}).raise_for_status()


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def measure(plane: ControlPlane, number: int) -> Sample:
    """Check all of them in a process of its own."""
    command = ("check", "--cluster", "-A", f"--kubeconfig={plane.kubeconfig}")
    sample, last = run(command, number, 0, code=1)
    expected = f"{number} candidates in the cluster: {-(-number // _EACH)} denied"
    if not last.startswith(expected):
        raise AssertionError(f"{last!r} does not begin with {expected!r}")
    return sample


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.stored", description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        binaries = find_binaries(os.environ)
        plane = stack.enter_context(run_without_elections(binaries, folder / "control-plane"))
        sys.stderr.write(f"bench.stored: storing {arguments.candidates} candidates\n")
        fill(plane, arguments.candidates)
        samples = [measure(plane, arguments.candidates) for _ in range(arguments.rounds)]
        version = plane.version
    best = min(samples, key=lambda sample: sample.seconds)
    worst = max(sample.seconds for sample in samples)
    text = (
        "### Checking a cluster\n\n"
        f"`leasegate check --cluster -A`, Kubernetes {version} on the same machine, best of "
        f"{arguments.rounds} runs.\n{machine()}.\n\n"
        "| candidates | denied | time | longest | processor | most memory |\n"
        "|--:|--:|--:|--:|--:|--:|\n"
        f"| {best.documents} | {-(-best.documents // _EACH)} | {best.seconds:.1f} s "
        f"| {worst:.1f} s | {best.processor_seconds:.1f} s | {best.peak_bytes / 2**20:.0f} MiB |"
    )
    print(text)
    if arguments.write:
        page.write("stored", text)


if __name__ == "__main__":
    main()
