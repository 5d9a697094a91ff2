"""What the soak calls wrong, lost and flat; and that it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.soak.questions import Question, padded, problem
from bench.soak.report import quarters, report
from bench.soak.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

ASKED = Question(b"", "some-uid", allowed=True)


def answer(**response: object) -> bytes:
    return json.dumps({"response": response}).encode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(answer(uid="some-uid", allowed=True), "", id="right"),
        pytest.param(answer(uid="some-uid", allowed=False), "instead of", id="another verdict"),
        pytest.param(answer(uid="other", allowed=True), "instead of", id="another request's"),
        pytest.param(answer(uid="some-uid"), "no AdmissionReview", id="no verdict"),
        pytest.param(b"[]", "no AdmissionReview", id="a list"),
        pytest.param(b"{", "no AdmissionReview", id="no JSON"),
    ],
)
def test_an_answer_is_wrong_if_it_is_not_the_one_of_its_request(
    given: bytes, expected: str
) -> None:
    assert expected in problem(given, ASKED)
    assert bool(problem(given, ASKED)) == bool(expected)


def test_a_padded_body_has_the_size_that_was_asked_for() -> None:
    assert len(padded(100_000)) == 100_000


def test_quarters_are_compared_by_their_medians() -> None:
    assert quarters([1, 2, 9, 50, 50, 50, 50, 50, 50, 50, 4, 3]) == (2, 4)


def tally(*, answered: int = 1, lost: int = 0, wrong: int = 0) -> Tally:
    made = Tally(lost=["lost"] * lost, wrong=["wrong"] * wrong)
    made.counts["good requests answered"] = answered
    return made


@pytest.mark.parametrize(
    ("given", "sizes", "well"),
    [
        pytest.param(tally(), [100, 100, 100, 100], True, id="nothing happened"),
        pytest.param(tally(), [100, 100, 100, 105], True, id="memory within five percent"),
        pytest.param(tally(), [100, 100, 100, 106], False, id="memory grew"),
        pytest.param(tally(lost=1), [100] * 4, False, id="a good request is lost"),
        pytest.param(tally(wrong=1), [100] * 4, False, id="an answer is wrong"),
        pytest.param(tally(answered=0), [100] * 4, False, id="nobody was answered"),
    ],
)
def test_all_is_well_only_if_nothing_is_lost_wrong_or_growing(
    given: Tally, sizes: list[int], *, well: bool
) -> None:
    assert report(given, sizes, 1)[1] is well


def test_it_answers_good_requests_under_attack(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", "--seconds", "5"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    rows = dict(line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:])
    assert (rows["wrong answers"], rows["lost good requests"]) == ("0", "0"), done.stderr
    assert int(rows["good requests answered"]) > 0
