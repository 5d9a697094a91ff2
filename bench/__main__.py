"""`make bench`: starts every peer, sends all of them the same reviews in turns, prints a table."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import socket
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from app.pki.development import ensure_development_certificates
from bench.load import Load, client_context, connected
from bench.peers import PEERS, REFERENCE, Peer, Place
from bench.process import ServerProcess
from bench.report import Sample, table
from bench.review import heartbeats, post

LOADS = (Load("500/s", 8, 500), Load("1 connection", 1), Load("8 connections", 8))


@dataclass(frozen=True)
class Runner:
    """A peer whose server runs."""

    peer: Peer
    server: ServerProcess
    port: int
    context: ssl.SSLContext

    def sample(self, number: int, load: Load, bodies: list[bytes]) -> Sample:
        """Send the reviews."""
        requests = [post(self.peer.path, body) for body in bodies]
        with connected(self.port, self.context, load.connections, requests[0]) as connections:
            before = self.server.processor_seconds
            result = load.run(connections, requests)
            used = self.server.processor_seconds - before
        return Sample(
            self.peer.name,
            number,
            load.name,
            used / len(requests),
            result.throughput,
            result.percentile(50),
            result.percentile(99),
        )


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--reviews", type=int, default=1000, help="of a round and load")
    parser.add_argument("--peers", default="", help="only those whose name contains this")
    arguments = parser.parse_args()
    peers = [peer for peer in PEERS if peer is REFERENCE or arguments.peers in peer.name]
    bodies = list(islice(cycle(heartbeats()), arguments.reviews))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = ensure_development_certificates(folder / "certs", now=datetime.now(UTC))
        context = client_context(made.ca_certificate)
        processors = sorted(os.sched_getaffinity(0))
        runners = []
        for number, peer in enumerate(peers):
            port = free_port()
            command = peer.command(Place(port, made.certificate, made.key))
            log = folder / f"{number}.log"
            server = ServerProcess(command, port, context, log, peer.environment)
            stack.enter_context(server)
            server.run_on(processors[0])
            runners.append(Runner(peer, server, port, context))
        os.sched_setaffinity(0, set(processors[1:]) or set(processors))
        samples = measure(runners, bodies, arguments.rounds)
        print(
            f"Reviews of {len(bodies[0])} bytes, {arguments.rounds} rounds of {len(bodies)} for "
            f"each peer and load; medians.\nPython {platform.python_version()}, "
            f"{ssl.OPENSSL_VERSION}, {len(processors)} processors, load {os.getloadavg()[0]:.1f}\n"
        )
        print(table(samples, [peer.name for peer in peers]))
        print("\n| peer | ready after | memory at the end |\n|---|--:|--:|")
        for runner in runners:
            print(
                f"| {runner.peer.name} | {runner.server.start_seconds:.2f} s "
                f"| {runner.server.memory_bytes / 2**20:.0f} MiB |"
            )


def measure(runners: list[Runner], bodies: list[bytes], rounds: int) -> list[Sample]:
    """Let the peers take turns, each time in another order; round 0 warms up and does not count."""
    samples = []
    for number in range(rounds + 1):
        for load in LOADS:
            turn = number % len(runners)
            samples += [
                runner.sample(number, load, bodies) for runner in runners[turn:] + runners[:turn]
            ]
    return [sample for sample in samples if sample.round]


if __name__ == "__main__":
    main()
