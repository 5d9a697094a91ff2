"""Replicas of leasegate as processes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from devtools.controlplane import Endpoint, Process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.suites.cluster.certificates.installation import Installation


@dataclass(frozen=True)
class Times:
    """Lifetimes for tests, in seconds: a CA is rotated every 11 s."""

    ca: float = 36
    leaf: float = 16
    look_ahead: float = 9
    propagation: float = 3
    clock_margin: float = 1

    @property
    def flags(self) -> tuple[str, ...]:
        return (
            f"--ca-lifetime-seconds={self.ca}",
            f"--leaf-lifetime-seconds={self.leaf}",
            f"--look-ahead-seconds={self.look_ahead}",
            f"--propagation-seconds={self.propagation}",
            f"--clock-margin-seconds={self.clock_margin}",
        )


QUICK = Times()
CALM = Times(ca=90_000, leaf=9_000, look_ahead=3_000, propagation=900)
"""Nothing is rotated while a test runs."""


@dataclass
class Replica:
    """One process, in mode `self` unless other flags say otherwise."""

    process: Process
    admission: Endpoint
    operations: Endpoint
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=5))

    def is_ready(self) -> bool:
        try:
            return self.client.get(f"{self.operations.url('http')}/readyz").is_success
        except httpx2.TransportError:
            return False

    def check(self, name: str = "certificate") -> str:
        """Return the line of a readiness check."""
        try:
            text = self.client.get(f"{self.operations.url('http')}/readyz?verbose").text
        except httpx2.TransportError:
            return ""
        return next((line for line in text.splitlines() if f"]{name} " in line), "")

    def log(self) -> str:
        return self.process.log.read_text()


def start_replica(
    installation: Installation,
    kubeconfig: Path,
    name: str,
    *flags: str,
    times: Times = QUICK,
    program: Sequence[str] = (sys.executable, "-m", "app"),
) -> Replica:
    """Start a replica; it may need a moment until it is ready."""
    admission, operations = Endpoint.free("127.0.0.1"), Endpoint.free("127.0.0.1")
    process = Process(
        name,
        [
            *(*program, "serve", "--certificates=self"),
            *("--host=127.0.0.1", f"--port={admission.port}"),
            *("--operations-host=127.0.0.1", f"--operations-port={operations.port}"),
            f"--kubeconfig={kubeconfig}",
            f"--namespace={installation.name}",
            f"--secret-name={installation.name}-tls",
            f"--service-name={installation.name}",
            f"--webhook-configuration={installation.name}",
            "--certificates-poll-seconds=0.5",
            "--drain-seconds=2",
            *times.flags,
            *flags,
        ],
        kubeconfig.parent / f"{name}.log",
    )
    process.start()
    return Replica(process, admission, operations)


@contextmanager
def stopped_at_the_end() -> Iterator[list[Replica]]:
    """Yield a list for replicas, which are stopped whatever happens."""
    replicas: list[Replica] = []
    try:
        yield replicas
    finally:
        for one in replicas:
            one.process.kill()
            one.client.close()
