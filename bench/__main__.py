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
from pathlib import Path

from app.pki.development import ensure_development_certificates
from bench.load import client_context, connected, run
from bench.peers import PEERS, REFERENCE, Peer, Place
from bench.process import ServerProcess
from bench.report import Sample, table
from bench.review import heartbeat, post

CONNECTIONS = (1, 8)


@dataclass(frozen=True)
class Runner:
    """A peer whose server runs."""

    peer: Peer
    server: ServerProcess
    port: int
    context: ssl.SSLContext

    def sample(self, number: int, count: int, body: bytes, reviews: int) -> Sample:
        """Send so many reviews over `count` connections."""
        request = post(self.peer.path, body)
        with connected(self.port, self.context, count, request) as connections:
            before = self.server.processor_seconds
            result = run(connections, request, reviews)
            used = self.server.processor_seconds - before
        return Sample(
            self.peer.name,
            number,
            count,
            used / reviews,
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
    parser.add_argument("--reviews", type=int, default=2000, help="of a round, for each peer")
    parser.add_argument("--peers", default="", help="only those whose name contains this")
    arguments = parser.parse_args()
    peers = [peer for peer in PEERS if peer is REFERENCE or arguments.peers in peer.name]
    body = heartbeat()
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
        samples = measure(runners, body, arguments.rounds, arguments.reviews)
        print(
            f"A review of {len(body)} bytes, {arguments.rounds} rounds of {arguments.reviews} for "
            f"each peer and number of connections; medians.\nPython {platform.python_version()}, "
            f"{ssl.OPENSSL_VERSION}, {len(processors)} processors, load {os.getloadavg()[0]:.1f}\n"
        )
        print(table(samples, REFERENCE.name))
        print("\n| peer | ready after | memory at the end |\n|---|--:|--:|")
        for runner in runners:
            print(
                f"| {runner.peer.name} | {runner.server.start_seconds:.2f} s "
                f"| {runner.server.memory_bytes / 2**20:.0f} MiB |"
            )


def measure(runners: list[Runner], body: bytes, rounds: int, reviews: int) -> list[Sample]:
    """Let the peers take turns, each time in another order; round 0 warms up and does not count."""
    samples = []
    for number in range(rounds + 1):
        for connections in CONNECTIONS:
            turn = number % len(runners)
            samples += [
                runner.sample(number, connections, body, reviews)
                for runner in runners[turn:] + runners[:turn]
            ]
    return [sample for sample in samples if sample.round]


if __name__ == "__main__":
    main()
