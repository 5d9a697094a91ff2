"""`make soak`: two minutes of everything that hurts at once, and whether good requests notice.

Floods of bodies around the limit, clients that send too slowly or not at all, and connections that
are reset in the middle, beside good reviews. It ends with 0 where every good request was answered,
no answer at all was wrong, and memory did not grow.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.pki.development import ensure_development_certificates
from bench import page
from bench.__main__ import free_port
from bench.load import client_context
from bench.machine import machine
from bench.peers import OURS, Place
from bench.process import ServerProcess
from bench.soak.clients import Target, client_threads
from bench.soak.questions import flood_questions, good_questions
from bench.soak.report import report
from bench.soak.tally import Tally

_SAMPLE_SECONDS: Final = 0.25


def main() -> int:
    """Bother a server, and print what came of it."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=110)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    tally = Tally()
    good, floods = good_questions(), flood_questions()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = ensure_development_certificates(folder / "certs", now=datetime.now(UTC))
        place = Place(free_port(), made.certificate, made.key)
        context = client_context(made.ca_certificate)
        server = ServerProcess(OURS.command(place), place.port, context, folder / "log")
        stack.enter_context(server)
        started = time.monotonic()
        target = Target(place.port, context, tally, started + arguments.seconds)
        threads = client_threads(target, good, floods)
        for thread in threads:
            thread.start()
        told = 0.0
        sizes = [server.memory_bytes]
        while not target.is_over():
            time.sleep(_SAMPLE_SECONDS)
            sizes.append(server.memory_bytes)
            if time.monotonic() - started >= told:
                told += 10
                answered = tally.counts["good requests answered"]
                sys.stderr.write(
                    f"soak: {told - 10:.0f} s, {answered} good requests answered, "
                    f"{len(tally.lost)} lost, {sizes[-1] / 2**20:.0f} MiB\n"
                )
        for thread in threads:
            thread.join()
    table, well = report(tally, sizes, arguments.seconds)
    print(table)
    for kind, entries in (("wrong", tally.wrong), ("lost", tally.lost)):
        for entry, count in Counter(entries).most_common(5):
            sys.stderr.write(f"soak: {kind}: {count} x {entry}\n")
    if arguments.write and well:
        page.write("soak", f"## Under attack\n\n{machine()}.\n\n{table}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
