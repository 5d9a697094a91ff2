"""One run: many questions, asked by several threads, each made from the seed and its number."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from devtools.parity import candidates
from devtools.parity.difference import Difference, differ
from devtools.parity.ours import Ours
from devtools.parity.server import Server
from devtools.parity.stored import stored_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from devtools.controlplane import ControlPlane
    from devtools.parity.question import Answer, JsonObject, Question

WORKERS: Final = 4
_ENOUGH_DIFFERENCES: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How many questions of each kind, and the seed that makes them.

    A run ends early after `differences` of them. Updates are spread evenly among creates.
    """

    seed: int
    creates: int
    updates: int
    differences: int = _ENOUGH_DIFFERENCES

    @property
    def total(self) -> int:
        """How many questions there are."""
        return self.creates + self.updates

    def is_update(self, number: int) -> bool:
        """Whether the question of this number, from 0, is an update."""
        return (number + 1) * self.updates // self.total > number * self.updates // self.total


@dataclass(slots=True)
class Outcome:
    """What came of a run, or of one thread's part of it.

    `verdicts` counts the server's answers by kind of write and status code, `causes` its causes by
    field and reason. `asked` is how many questions were asked when the last difference was found.
    """

    verdicts: Counter[tuple[str, int]] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def asked(self) -> int:
        """How many questions were asked."""
        return self.verdicts.total()

    def add(self, other: Outcome) -> None:
        """Take over what another part found."""
        self.verdicts += other.verdicts
        self.causes += other.causes
        self.differences += other.differences


def run(
    control_plane: ControlPlane,
    plan: Plan,
    *,
    ours: Ours | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Ask both sides every question of the plan, and return what came of it.

    `progress` is called with how many were asked, every now and then.
    """
    began = time.monotonic()
    outcome = Outcome()
    with closing(Server(control_plane)) as server, stored_objects(server, plan.seed) as pool:
        numbers = _Numbers(plan.total, progress)
        ours = ours or Ours(kubernetes=control_plane.version)
        part = _Part(control_plane, plan, pool, ours, numbers)
        with ThreadPoolExecutor(WORKERS) as threads:
            for finished in [threads.submit(part) for _ in range(WORKERS)]:
                outcome.add(finished.result())
    outcome.seconds = time.monotonic() - began
    return outcome


def question(plan: Plan, number: int, pool: Sequence[JsonObject]) -> Question:
    """Make one question: the same from the same seed, number and stored objects."""
    random = Random(f"{plan.seed}:{number}")
    return candidates.update(random, pool) if plan.is_update(number) else candidates.create(random)


class _Numbers:
    """Hands out the numbers of questions until somebody has seen enough."""

    def __init__(self, total: int, progress: Callable[[int], None] | None) -> None:
        self._numbers = iter(range(total))
        self._lock = threading.Lock()
        self._progress = progress
        self.enough = False

    def __iter__(self) -> Iterator[int]:
        while not self.enough:
            with self._lock:
                batch = list(itertools.islice(self._numbers, 50))
                if batch and self._progress is not None:
                    self._progress(batch[0])
            if not batch:
                return
            yield from batch


@dataclass(frozen=True, slots=True)
class _Part:
    """The work of one thread."""

    control_plane: ControlPlane
    plan: Plan
    pool: Sequence[JsonObject]
    ours: Ours
    numbers: _Numbers

    def __call__(self) -> Outcome:
        outcome = Outcome()
        with closing(Server(self.control_plane)) as server:
            for number in self.numbers:
                asked = question(self.plan, number, self.pool)
                theirs = server.ask(asked)
                _count(outcome, asked, theirs)
                ours = self.ours.ask(asked, theirs.name)
                if differ(theirs, ours):
                    outcome.differences.append(Difference(asked, theirs, ours))
                    self.numbers.enough = len(outcome.differences) >= self.plan.differences
        return outcome


def _count(outcome: Outcome, asked: Question, answer: Answer) -> None:
    outcome.verdicts["update" if asked.stored else "create", answer.code] += 1
    for cause in answer.causes:
        outcome.causes[cause.field, cause.reason] += 1
