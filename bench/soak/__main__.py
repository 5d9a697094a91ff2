"""`make soak`: attack a server that has the chart's memory limit, beside good reviews.

It ends with 0 where no good review was lost or late, no answer was wrong, the server lived, and
its memory did not grow; with 2 where its memory cannot be limited here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from app.pki.development import ensure_development_certificates
from bench import page
from bench.load import client_context
from bench.machine import machine
from bench.peers import OURS, Place
from bench.process import ServerProcess
from bench.soak import clients
from bench.soak.attacks import ATTACKS
from bench.soak.memory_limit import NoMemoryLimitError, memory_limit
from bench.soak.report import NOBODY, Outcome
from bench.soak.tally import Tally
from devtools.controlplane.ports import Endpoint

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    from bench.soak.attacks import Attack

_SAMPLE_SECONDS: Final = 0.1
_QUIET_SECONDS: Final = 3.0
_PATIENCE: Final = 300.0


def main() -> int:
    """Attack, and print what came of it."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each attack")
    parser.add_argument("--rounds", type=int, default=3, help="of all attacks")
    parser.add_argument("--only", default="", help="only attacks whose name contains this")
    parser.add_argument("--memory-limit", type=int, default=256, help="MiB; 0 for none")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    if arguments.write and (arguments.only or not arguments.memory_limit):
        parser.error("--write goes with all attacks and a memory limit")
    attacks = [attack for attack in ATTACKS if arguments.only in attack.name]
    try:
        outcome = soak(attacks, arguments.seconds, arguments.rounds, arguments.memory_limit * 2**20)
    except NoMemoryLimitError as error:
        _say(str(error))
        return 2
    print(outcome.table())
    for kind, entries in (("wrong", outcome.tally.wrong), ("lost", outcome.tally.lost)):
        for entry, count in Counter(entries).most_common(5):
            _say(f"{kind}: {count} x {entry}")
    failures = list(outcome.failures())
    for failure in failures:
        _say(failure)
    if arguments.write:
        missed = f"\n\nNot as it must be: {'; '.join(failures)}." if failures else ""
        page.write("soak", f"## Under attack\n\n{machine()}.\n\n{outcome.table()}{missed}")
    return 1 if failures else 0


def soak(attacks: Sequence[Attack], seconds: float, rounds: int, limit: int) -> Outcome:
    """Start a server, let good clients and the attacks at it, and return what came of it."""
    tally = Tally(NOBODY)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = ensure_development_certificates(folder / "certs", now=datetime.now(UTC))
        port, operations_port = (Endpoint.free("127.0.0.1").port for _ in range(2))
        place = Place(port, made.certificate, made.key)
        command = [*OURS.command(place), "--operations-port", str(operations_port)]
        memory = stack.enter_context(memory_limit(limit)) if limit else None
        if memory is not None:
            command = memory.command(command)
        context = client_context(made.ca_certificate)
        server = ServerProcess(command, place.port, context, folder / "log")
        stack.enter_context(server)
        stack.enter_context(_good_reviews(place.port, context, tally))
        stack.enter_context(_watch(server, tally))
        target = (str(place.port), str(operations_port), str(made.ca_certificate))
        sizes = [_settled(tally)]
        for number in range(1, rounds + 1):
            for attack in attacks:
                tally.attack = attack.name
                before = server.processor_seconds
                result = _attack(attack.name, *target, str(seconds * attack.share))
                tally.done[attack.name] += result["done"]
                tally.wrong += result["wrong"]
                _say(
                    f"round {number} of {rounds}, {attack.name}: {len(tally.lost)} lost, "
                    f"{tally.memory[attack.name][-1] / 2**20:.0f} MiB, "
                    f"{server.processor_seconds - before:.1f} s of processor time"
                )
            tally.attack = NOBODY
            sizes.append(_settled(tally))
        peak = memory.peak_bytes if memory is not None else 0
        return Outcome(attacks, tally, sizes, limit, peak, int(not server.runs))


def _attack(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    command = [sys.executable, "-m", "bench.soak.attack", *arguments]
    return json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=_PATIENCE).stdout
    )


@contextmanager
def _good_reviews(port: int, context: ssl.SSLContext, tally: Tally) -> Iterator[None]:
    over = threading.Event()
    threads = clients.start(port, context, tally, over)
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def _watch(server: ServerProcess, tally: Tally) -> Iterator[None]:
    """Keep what the server has of memory, by the attack that goes on."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_SAMPLE_SECONDS):
            tally.memory[tally.attack].append(server.memory_bytes)

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _settled(tally: Tally) -> int:
    """Wait until the server has had some quiet; return what it has of memory then."""
    time.sleep(_QUIET_SECONDS)
    return int(median(tally.memory[NOBODY][-int(1 / _SAMPLE_SECONDS) :]))


def _say(line: str) -> None:
    sys.stderr.write(f"soak: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
