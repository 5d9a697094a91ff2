"""Compare our step of an election with kube-apiserver's, as often as is asked for."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from typing import TYPE_CHECKING

from devtools.elections.build import build_controller
from devtools.elections.compare import compare
from devtools.elections.report import Report
from devtools.parity import document
from devtools.programs import pins
from devtools.programs.builder import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Return 0 where there is no difference, 1 where there is one, 2 where nothing can be built."""
    parser = argparse.ArgumentParser(prog="make parity-elections", description=__doc__)
    parser.add_argument("--number", type=int, default=100_000, help="cases")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="for the same")
    parser.add_argument("--kube-version", default=pins.DEFAULT_KUBERNETES, help="a pinned minor")
    parser.add_argument("--report", action="store_true", help="keep the figures")
    options = parser.parse_args(arguments)
    print(f"parity-elections: SEED={options.seed}, {options.number} cases", flush=True)
    try:
        program, version = build_controller(options.kube_version, os.environ, _say)
    except (pins.PinError, BuildError) as error:
        _say(str(error))
        return 2
    began = time.monotonic()
    found = compare(program, options.number, options.seed)
    report = Report.of(version, options.seed, time.monotonic() - began, found)
    for end, count in report.ends.items():
        print(f"{count:10,}  {end}")
    print(
        f"parity-elections: Kubernetes {version}: {report.cases} cases, {report.steps} steps in "
        f"{report.seconds} s, {report.by_chance} cases left to chance, "
        f"{report.differences} differences"
    )
    for difference in (*found.differences[:1], *found.missed[:1]):
        print(difference)
    if options.report:
        report.write()
        document.write()
        print("parity-elections: wrote docs/parity.md")
    return 1 if report.differences else 0


def _say(line: str) -> None:
    print(f"parity-elections: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
