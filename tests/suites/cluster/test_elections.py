"""Our step of an election is that of kube-apiserver's own controller, on random cases."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from app.leasecandidate.election import End
from devtools.elections.build import build_controller
from devtools.elections.cases import draw
from devtools.elections.compare import ask, compare
from devtools.programs import pins
from tests.leasecandidate.election.turned import agrees, turned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES = 100_000
CASES_OF_A_MUTANT = 2_000

# Comparisons that can be turned around without a difference in what is written.
EQUIVALENT = {
    "_write: after == lease becomes after != lease",  # it only names the end
}


@pytest.fixture(scope="module")
def controller() -> Path:
    version = os.environ.get("KUBE_VERSION") or pins.DEFAULT_KUBERNETES
    program, _ = build_controller(version, os.environ, print)
    return program


@pytest.mark.timeout(600)
def test_a_step_does_what_kube_apiserver_does(
    controller: Path, record_property: Callable[[str, object], None]
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    found = compare(controller, CASES, seed)
    ends = ", ".join(f"{count} {end.name}" for end, count in found.ends.most_common())
    record_property(
        "elections",
        f"seed {seed}: {found.cases} cases, {found.steps} steps, "
        f"{len(found.differences)} differences; {ends}",
    )
    assert found.differences[:1] == []
    assert found.missed[:1] == []
    assert set(found.ends) == set(End) - {End.NOT_COVERED}
    assert min(found.ends.values()) > CASES // 1_000
    assert found.by_chance > CASES // 1_000


def test_no_comparison_can_be_turned_around(controller: Path) -> None:
    rng = random.Random(1)
    cases = [draw(rng) for _ in range(CASES_OF_A_MUTANT)]
    answers = ask(controller, cases)
    mutants = [*turned()]
    assert len(mutants) > 40
    assert {what for what, mutant in mutants if agrees(mutant, cases, answers)} == EQUIVALENT
