"""Ask a real kube-apiserver and our rules the same, as often as is asked for."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.controlplane import ControlPlaneError
from devtools.parity import document
from devtools.parity.controlplane import run_without_elections
from devtools.parity.difference import Difference, differ
from devtools.parity.ours import Ours
from devtools.parity.report import Report
from devtools.parity.run import Plan, run
from devtools.parity.server import Server
from devtools.parity.shrink import shrink
from devtools.programs.binaries import find_binaries
from devtools.programs.pins import PinError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devtools.controlplane import ControlPlane
    from devtools.parity.question import Question
    from devtools.parity.run import Outcome

_PROGRESS_SECONDS = 10.0


def main(arguments: Sequence[str]) -> int:
    """Return 0 where there is no difference, 1 where there is one, 2 where nothing can be asked."""
    options = _options(arguments)
    plan = Plan(options.seed, options.number - options.number // 5, options.number // 5)
    print(f"parity: SEED={plan.seed}, {plan.creates} creates and {plan.updates} updates")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="parity-") as folder,
            run_without_elections(find_binaries(os.environ), Path(folder)) as control_plane,
        ):
            outcome = run(control_plane, plan, progress=_Progress(plan.total))
            report = Report.of(control_plane.version, plan, outcome)
            if outcome.differences:
                print(_smallest(control_plane, outcome))
    except (ControlPlaneError, PinError) as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    print(
        f"parity: Kubernetes {report.kubernetes}: {outcome.asked} writes in {report.seconds} s,"
        f" {sum(report.causes.values())} causes, {report.differences} differences"
    )
    if options.report:
        report.write()
        document.write()
        print("parity: wrote docs/parity.md")
    return 1 if outcome.differences else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make parity", description=__doc__)
    parser.add_argument("--number", type=int, default=25_000, help="writes; a fifth are updates")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="for the same")
    parser.add_argument("--report", action="store_true", help="keep the figures")
    return parser.parse_args(arguments)


class _Progress:
    """Prints how far it is, every ten seconds."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = self._last = time.monotonic()

    def __call__(self, asked: int) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS:
            self._last = now
            rate = asked / (now - self._began)
            print(f"parity: {asked} of {self._total}, {rate:.0f} a second", flush=True)


def _smallest(control_plane: ControlPlane, outcome: Outcome) -> Difference:
    """Return the smallest difference; one of a create is made smaller still."""
    found = min(outcome.differences, key=lambda difference: difference.size)
    if found.question.stored is not None:
        return found
    ours = Ours(kubernetes=control_plane.version)
    with closing(Server(control_plane)) as server:

        def ask(question: Question) -> Difference:
            answer = server.ask(question)
            return Difference(question, answer, ours.ask(question, answer.name))

        def still_differs(question: Question) -> bool:
            asked = ask(question)
            return differ(asked.server, asked.ours)

        return ask(shrink(found.question, still_differs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
