"""`make bench`: starts every peer, sends all of them the same reviews in turns, prints a table."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from app.pki.development import ensure_development_certificates
from bench import page
from bench.go_peer import BuildError
from bench.load import client_context, connected
from bench.machine import machine
from bench.peers import (
    CONTROLLER_RUNTIME,
    KOPF,
    OURS,
    PEERS,
    PLAIN_REFERENCE,
    REFERENCE,
    Peer,
    Place,
)
from bench.process import ServerProcess
from bench.report import (
    Footprint,
    Requirement,
    Sample,
    footprint_table,
    ratios,
    requirement_table,
    table,
)
from bench.review import post
from bench.tasks import TASKS
from devtools.controlplane.ports import Endpoint

if TYPE_CHECKING:
    import ssl

    from bench.tasks import MakeReviews, Task

LEAST_ROUNDS = 3
_RATIOS = ((CONTROLLER_RUNTIME, 1.25, 1.0), (KOPF, 1.0, 0.8))
"""What a review may cost, divided by what it costs a peer: what must be, and the goal."""


@dataclass
class Runner:
    """A peer, its server while it runs, and how long each of its starts took."""

    peer: Peer
    place: Place
    context: ssl.SSLContext
    log: Path
    start_seconds: list[float] = field(default_factory=list)
    server: ServerProcess | None = None

    def start(self) -> ServerProcess:
        """Start its server."""
        command = self.peer.command(self.place)
        self.server = ServerProcess(command, self.place.port, self.context, self.log)
        self.start_seconds.append(self.server.start_seconds)
        return self.server

    def sample(self, number: int, task: Task, bodies: list[bytes]) -> Sample:
        """Send the reviews."""
        assert self.server is not None
        requests = [post(self.peer.path, body) for body in bodies]
        with connected(
            self.place.port, self.context, task.load.connections, requests[0]
        ) as open_ones:
            before = self.server.processor_seconds
            result = task.load.run(open_ones, requests)
            used = self.server.processor_seconds - before
        return Sample(
            self.peer.name,
            number,
            task.name,
            used / len(requests),
            result.throughput,
            result.percentile(50),
            result.percentile(99),
        )

    def footprint(self) -> Footprint:
        """Return what it takes beside its reviews."""
        assert self.server is not None
        return Footprint(self.peer.name, tuple(self.start_seconds), self.server.memory_bytes)


def say(line: str) -> None:
    """Tell how far the run is, apart from its result."""
    sys.stderr.write(f"bench: {line}\n")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="at most so many")
    parser.add_argument(
        "--seconds", type=float, default=180, help="no further round after so long, but three"
    )
    parser.add_argument("--reviews", type=int, default=600, help="of a round and task")
    parser.add_argument("--only", default="", help="only creates, changes or heartbeats")
    parser.add_argument("--starts", type=int, default=5, help="of each peer")
    parser.add_argument("--peers", default="", help="only those whose name contains this")
    parser.add_argument("--python", default=sys.executable, help="of servers written in Python")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    peers = [peer for peer in PEERS if peer is REFERENCE or arguments.peers in peer.name]
    tasks = [task for task in TASKS if arguments.only in task.kind]
    if arguments.write and (len(peers), len(tasks)) != (len(PEERS), len(TASKS)):
        parser.error("--write goes with all reviews and peers; leave --peers and --only out")
    try:
        for peer in peers:
            if peer.prepare is not None:
                peer.prepare(say)
    except BuildError as error:
        say(str(error))
        return 1
    with contextlib.ExitStack() as stack:
        runners = [*_runners(peers, arguments.python, stack)]
        _start(runners, arguments.starts, stack)
        samples = measure(runners, tasks, arguments.reviews, arguments.rounds, arguments.seconds)
        footprints = [runner.footprint() for runner in runners]
    text = described(samples, footprints, tasks, arguments.reviews, machine(arguments.python))
    print(text)
    if arguments.write:
        page.write("reviews", text)
        say(f"wrote {page.PAGE}")
    return 0


def _runners(peers: list[Peer], python: str, stack: contextlib.ExitStack) -> list[Runner]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    made = ensure_development_certificates(folder / "certs", now=datetime.now(UTC))
    context = client_context(made.ca_certificate)
    return [
        Runner(
            peer,
            Place(Endpoint.free("127.0.0.1").port, made.certificate, made.key, python),
            context,
            folder / f"{number}.log",
        )
        for number, peer in enumerate(peers)
    ]


def _start(runners: list[Runner], starts: int, stack: contextlib.ExitStack) -> None:
    """Start each peer several times, in turns; the last time it stays."""
    for number in range(1, starts + 1):
        say(f"start {number} of {starts} of {len(runners)} peers")
        for runner in runners:
            server = runner.start()
            if number == starts:
                stack.enter_context(server)
            else:
                server.stop()


def measure(
    runners: list[Runner], tasks: list[Task], reviews: int, rounds: int, seconds: float
) -> list[Sample]:
    """Let the peers take turns, each time in another order; round 0 warms up and does not count."""
    samples = []
    started = time.monotonic()
    for number in range(rounds + 1):
        spent = time.monotonic() - started
        if number > LEAST_ROUNDS and spent >= seconds:
            break
        say(f"round {number} of at most {rounds}, after {spent:.0f} s")
        for turn_of_task, task in enumerate(tasks):
            # No review comes twice.
            bodies = task.make(reviews, start=(number * len(tasks) + turn_of_task) * reviews)
            turn = number % len(runners)
            samples += [
                runner.sample(number, task, bodies) for runner in runners[turn:] + runners[:turn]
            ]
    return [sample for sample in samples if sample.round]


def described(
    samples: list[Sample],
    footprints: list[Footprint],
    tasks: list[Task],
    reviews: int,
    ran_on: str,
) -> str:
    """Return the part of the page that a run makes."""
    rounds = max(sample.round for sample in samples)
    peers = [footprint.peer for footprint in footprints]
    sizes = ", ".join(f"{kind} {len(make(1)[0])}" for kind, make in _makers(tasks).items())
    parts = [
        "## Reviews\n",
        (
            f"{rounds} rounds of {reviews} reviews for each peer and row; medians. "
            f"Bytes of a review: {sizes}.\n{ran_on}.\n"
        ),
    ]
    if {OURS.name, CONTROLLER_RUNTIME.name, KOPF.name} <= set(peers):
        parts += [requirement_table(_requirements(samples, footprints, tasks)), ""]
    plain = PLAIN_REFERENCE.name
    rows = table(samples, peers, plain if plain in peers else REFERENCE.name)
    return "\n".join([*parts, rows, "", footprint_table(footprints)])


def _makers(tasks: list[Task]) -> dict[str, MakeReviews]:
    return {task.kind: task.make for task in tasks}


def _requirements(
    samples: list[Sample], footprints: list[Footprint], tasks: list[Task]
) -> list[Requirement]:
    def ratio(task: Task, reference: Peer) -> float:
        return median(ratios(samples, task.name, OURS.name, reference.name))

    own = next(footprint for footprint in footprints if footprint.peer == OURS.name)
    return [
        *(
            Requirement(
                f"CPU of {task.name}, divided by that of {peer.name}",
                must,
                goal,
                "",
                ratio(task, peer),
            )
            for task in tasks
            if task.binding
            for peer, must, goal in _RATIOS
        ),
        Requirement("resident memory", 62, 50, "MiB", own.memory_bytes / 2**20),
        Requirement("ready after", 1.0, 0.7, "s", median(own.start_seconds)),
    ]


if __name__ == "__main__":
    sys.exit(main())
