"""`make worst`: look for the bodies that cost most for each of their bytes, and print the top ten.

Each body is a create whose one field is a value of random structure, repeated until the body has
the size that is asked for. What is measured is all that an endpoint does with it: reading, judging,
answering.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.admission import BadReviewError
from app.admission.response import render
from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration, Ruleset
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, mutate, parse_candidates

_REVIEW: Final = Path(__file__).parents[1] / "examples" / "reviews" / "create-with-leading-v.json"
_TEXTS: Final = ("", "a", "/", "a/b", "!", "\x01", "é", "\U0001f600", "1.", "-a.", "<", "v1.0.0")
_PLACES: Final = (
    *(("metadata", name) for name in ("name", "generateName", "namespace", "uid", "labels")),
    *(("metadata", name) for name in ("annotations", "ownerReferences", "finalizers")),
    *(("metadata", name) for name in ("managedFields", "creationTimestamp", "unknown")),
    *(("spec", name) for name in ("leaseName", "binaryVersion", "emulationVersion", "strategy")),
    *(("spec", name) for name in ("pingTime", "renewTime", "unknown")),
    ("status", "unknown"),
)


class Cost(NamedTuple):
    """Processor time and memory of one body; what it is made of."""

    seconds: float
    memory: int
    size: int
    answer: str
    what: str


def value(chance: random.Random, size: int) -> tuple[object, str]:
    """Return a value of about so many bytes as JSON, and what it is."""
    text = chance.choice(_TEXTS)
    prefix = chance.choice(("", "1.0.0-", "example.com/"))
    inner: dict[str, Any] = {
        chance.choice(("kind", "controller", "x")): chance.choice((text, True))
    }
    match chance.randrange(5):
        case 0:
            return prefix + text * (
                size // max(1, len(json.dumps(text)) - 2)
            ), f"{prefix}{text!r} * n"
        case 1:
            return [text] * (size // (len(json.dumps(text)) + 2)), f"[{text!r}] * n"
        case 2:
            return [{}] * (size // 4), "[{}] * n"
        case 3:
            return [inner] * (size // (len(json.dumps(inner)) + 2)), f"[{inner!r}] * n"
        case _:
            number = size // (len(json.dumps(text)) + 14)
            return {f"{prefix}{text}{n}": text for n in range(number)}, f"{{{text!r}n: {text!r}}}"


def measure(body: bytes, what: str) -> Cost:
    """Do with a body what the endpoints do; return the cost of the more expensive one."""
    ruleset = Ruleset(RulesConfiguration(profile=Profile.STRICT))
    clock = ServerClock(lambda: datetime(2026, 11, 22, 9, tzinfo=UTC))
    validate = ValidatingHook(lambda: ruleset, clock, NoSiblingSource())
    costs = []
    for hook in (validate, mutate):
        tracemalloc.start()
        decide(body, hook)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        started = time.process_time()
        answer = decide(body, hook)
        costs.append(Cost(time.process_time() - started, memory, len(body), answer, what))
    return max(costs)


def decide(body: bytes, hook: Any) -> str:  # noqa: ANN401 - either of the two hooks
    """Return what is answered, and how long it is."""
    try:
        envelope = parse_candidates(body)
        verdict = hook(envelope.request)
        answer = render(envelope.api_version, envelope.request.uid, verdict)
    except BadReviewError:
        return "400"
    return f"{type(verdict).__name__}, {len(answer)} bytes"


def main() -> None:
    """Print the most expensive bodies."""
    parser = argparse.ArgumentParser(prog="make worst", description=__doc__)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=300_000)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311 - no secret
    found = []
    for _ in range(arguments.number):
        review = json.loads(_REVIEW.read_bytes())
        part, name = chance.choice(_PLACES)
        content, what = value(chance, arguments.size)
        review["request"]["object"].setdefault(part, {})[name] = content
        body = json.dumps(review, ensure_ascii=False).encode()
        found.append(measure(body, f"{part}.{name} = {what}"))
    print("| body | bytes | answer | processor | of 3 MiB | memory |\n|---|--:|---|--:|--:|--:|")
    for cost in sorted(found, key=lambda cost: cost.seconds / cost.size, reverse=True)[:10]:
        share = 3 * 2**20 / cost.size
        print(
            f"| `{cost.what}` | {cost.size} | {cost.answer} | {cost.seconds * 1e3:.0f} ms "
            f"| {cost.seconds * share:.2f} s | {cost.memory / 2**20:.0f} MiB |"
        )


if __name__ == "__main__":
    main()
