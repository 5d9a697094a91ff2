"""Ask the real controller and our step the same, in every order of the candidates."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.leasecandidate.election import End, outcomes, step
from devtools.elections.cases import NOW, Case, draw
from devtools.elections.wire import Json, key, outcome, question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A case, one order of its candidates, and what each side makes of it."""

    case: Case
    order: tuple[int, ...]
    controller: Json
    ours: Json


@dataclass(slots=True)
class Comparison:
    """What came of a run: cases and steps asked, how they ended, where the sides differ.

    `missed` are the cases in which `outcomes` names another set than all orders lead to.
    """

    cases: int = 0
    steps: int = 0
    ends: Counter[End] = field(default_factory=Counter)
    by_chance: int = 0
    differences: list[Difference] = field(default_factory=list)
    missed: list[Case] = field(default_factory=list)


def compare(controller: Path, number: int, seed: int) -> Comparison:
    """Draw `number` cases from a seed and compare all their steps."""
    rng, result = random.Random(seed), Comparison()
    while result.cases < number:
        cases = [draw(rng) for _ in range(min(_BATCH, number - result.cases))]
        for case, answers in zip(cases, ask(controller, cases), strict=True):
            _compare(case, answers, result)
    return result


def ask(controller: Path, cases: Iterable[Case]) -> list[list[Json]]:
    """Return what the controller does in each case, for each order of its candidates."""
    finished = subprocess.run(
        [controller],
        input="\n".join(map(question, cases)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in finished.stdout.splitlines()]


def _compare(case: Case, answers: Sequence[Json], result: Comparison) -> None:
    result.cases += 1
    for order, answer in zip(case.orders(), answers, strict=True):
        ours = step([case.candidates[index] for index in order], case.lease, NOW)
        result.steps += 1
        result.ends[ours.end] += 1
        if (expected := outcome(ours)) != answer:
            result.differences.append(Difference(case, order, answer, expected))
    possible = {key(outcome(each)) for each in outcomes(case.candidates, case.lease, NOW)}
    result.by_chance += len(possible) > 1
    if possible != {key(answer) for answer in answers}:
        result.missed.append(case)
