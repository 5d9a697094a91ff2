"""`make worst`: look for the bodies that cost most, and print the top ten.

Each recipe is tried in a small size, and those that would cost most once more in the largest that
is read. What is measured is all that an endpoint does with a body: counting, reading,
judging, answering.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from app.admission import BadReviewError
from app.admission.recovery import recover
from app.admission.response import render
from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration, Ruleset
from app.server.body import START_BYTES, values
from app.server.limits import ReviewLimits
from app.webhooks import (
    NoSiblingSource,
    ServerClock,
    ValidatingHook,
    decide_oversized,
    mutate,
    parse_candidates,
)
from bench import page
from bench.machine import machine
from bench.worst.bodies import Recipe, recipe

if TYPE_CHECKING:
    from app.webhooks import Hook

_LIMITS: Final = ReviewLimits()
_SMALL: Final = 30_000
_FINALISTS: Final = 40
_SHOWN: Final = 10
_STATUS: Final = Path("/proc/self/status")
_CLEAR: Final = Path("/proc/self/clear_refs")
_RULESET: Final = Ruleset(RulesConfiguration(profile=Profile.STRICT))
_HOOKS: Final[tuple[Hook, ...]] = (
    ValidatingHook(
        lambda: _RULESET,
        ServerClock(lambda: datetime(2026, 11, 22, 9, tzinfo=UTC)),
        NoSiblingSource(),
    ),
    mutate,
)


class Cost(NamedTuple):
    """Processor time in seconds, and bytes by which the process grew meanwhile; the answer."""

    seconds: float
    memory: int
    answer: str


def measure(body: bytes, hook: Hook) -> Cost:
    """Do with a body what an endpoint does."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text("5")  # Sets VmHWM to VmRSS: man 5 proc.
    before = _kilobytes("VmRSS")
    seconds, answer = timed(body, hook)
    return Cost(seconds, (_kilobytes("VmHWM") - before) * 1024, answer)


def timed(body: bytes, hook: Hook) -> tuple[float, str]:
    """Return how long it takes, and what is answered."""
    started = time.process_time()
    answer = decide(body, hook)
    return time.process_time() - started, answer


def _kilobytes(name: str) -> int:
    return int(_STATUS.read_text("utf-8").partition(f"{name}:")[2].split()[0])


def decide(body: bytes, hook: Hook) -> str:
    """Return what is answered."""
    if values(body) > _LIMITS.body_values:
        start = recover(body[:START_BYTES])
        if start is None:
            return "413"
        verdict = decide_oversized(start, "is too large")
        render(start.api_version, start.uid, verdict)
        return f"{type(verdict).__name__} unread"
    try:
        envelope = parse_candidates(body)
        verdict = hook(envelope.request)
        answer = render(envelope.api_version, envelope.request.uid, verdict)
    except BadReviewError:
        return "400"
    return f"{type(verdict).__name__}, {len(answer)} bytes"


def worst(number: int, seed: int) -> list[tuple[Recipe, Cost]]:
    """Return the most expensive recipes of `number`, the most expensive first."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    recipes = {str(found): found for found in (recipe(chance) for _ in range(number))}
    tried = []
    for name, found in recipes.items():
        body = found.body(_SMALL)
        size = largest(body)
        seconds = max(timed(body, hook)[0] for hook in _HOOKS)
        tried.append((seconds / len(body) * size, name, size))
    finalists = [(recipes[name], size) for _, name, size in sorted(tried, reverse=True)]
    costs = [
        (found, max(measure(found.body(size), hook) for hook in _HOOKS))
        for found, size in finalists[:_FINALISTS]
    ]
    return sorted(costs, key=lambda entry: entry[1], reverse=True)


def largest(body: bytes) -> int:
    """Return how large a body of the same recipe may be to be read at all."""
    share = _LIMITS.body_values / values(body) * len(body)
    return int(min(0.98 * share, _LIMITS.body_bytes - START_BYTES))


def table(costs: list[tuple[Recipe, Cost]]) -> str:
    """Return the rows of the page."""
    rows = ["| body, as large as it is read | answer | processor | memory |", "|---|---|--:|--:|"]
    for found, cost in costs[:_SHOWN]:
        shown = json.dumps(str(found)).strip('"').replace("|", "\\|")
        rows.append(
            f"| `{shown}` | {cost.answer} | {cost.seconds * 1e3:.0f} ms "
            f"| {cost.memory / 2**20:.0f} MiB |"
        )
    most = max(cost.memory for _, cost in costs) / 2**20
    rows += ["", f"The most memory of the {len(costs)} that were tried in full: {most:.0f} MiB."]
    return "\n".join(rows)


def main() -> None:
    """Print the most expensive bodies."""
    parser = argparse.ArgumentParser(prog="make worst", description=__doc__)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    shown = table(worst(arguments.number, arguments.seed))
    print(shown)
    if arguments.write:
        heading = f"The most expensive of {arguments.number} random bodies (seed {arguments.seed})."
        page.write("worst", f"## Expensive bodies\n\n{heading}\n{machine()}.\n\n{shown}")


if __name__ == "__main__":
    main()
