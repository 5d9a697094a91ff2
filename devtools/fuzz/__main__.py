"""Try as many changed reviews as are asked for; exit code 1 where something was found."""

from __future__ import annotations

import argparse
import faulthandler
import platform
import secrets
import sys
import time
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from devtools.fuzz.mutation import Mutator
from devtools.fuzz.trial import FoundError, hooks, tried

if TYPE_CHECKING:
    from collections.abc import Sequence

_HANG_SECONDS: Final = 120
_BATCH: Final = 1000
_STDERR: Final = 2
"""The file descriptor: a traceback is written where nothing else works any more."""
_SHOWN: Final = 4000


def main(arguments: Sequence[str]) -> int:
    """Print what the answers were, and a digest of them."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--number", type=int, default=100_000, help="of reviews")
    parser.add_argument("--seed", type=int, default=None, help="else a random one, which is told")
    options = parser.parse_args(arguments)
    seed: int = secrets.randbelow(2**32) if options.seed is None else options.seed
    print(f"fuzz: SEED={seed}, {options.number} reviews, Python {platform.python_version()}")
    try:
        told = _run(Mutator(seed), options.number)
    except FoundError as found:
        print(f"fuzz: {found}")
        return 1
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"fuzz: {told}")
    return 0


def _run(mutator: Mutator, count: int) -> str:
    both, digest, kinds, slowest = hooks(), sha256(), Counter[str](), 0.0
    for number in range(count):
        if number % _BATCH == 0:
            faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True, file=_STDERR)
        body = mutator.body()
        started = time.perf_counter()
        for name, hook in both.items():
            try:
                answer = tried(name, hook, body)
            except FoundError as found:
                raise FoundError(f"review {number}: {found}\n{body[:_SHOWN]!r}") from found
            digest.update(answer + b"\n")
            kinds[f"{name} {_kind(answer)}"] += 1
        slowest = max(slowest, time.perf_counter() - started)
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    return f"{told}; slowest {1e3 * slowest:.0f} ms; sha256 {digest.hexdigest()}"


def _kind(answer: bytes) -> str:
    if not answer.startswith(b"{"):
        return "refused"
    if b'"patch":' in answer:
        return "patched"
    return "allowed" if b'"allowed":true' in answer else "denied"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
