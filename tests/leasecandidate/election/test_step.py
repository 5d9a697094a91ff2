"""Steps of an election, each with what it does. That they are kube-apiserver's is compared with its
own code in tests/suites/cluster/test_elections.py; these say what they are."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from app.leasecandidate import MicroTime
from app.leasecandidate.election import Candidate, End, Lease, Step, outcomes, step
from devtools.elections.cases import NOW as DRAWN_AT, divided
from devtools.elections.wire import key, outcome

NOW = MicroTime.parse("2026-11-27T18:07:40.000000Z")
OURS = "OldestEmulationVersion"
OTHERS = "example.com/newest"
HELD = Lease("a", 15, NOW - timedelta(seconds=1), strategy=OURS)
EXPIRED = replace(HELD, renew_time=NOW - timedelta(seconds=20))
RELEASED = replace(HELD, holder_identity="")


def ago(seconds: float) -> MicroTime:
    return NOW - timedelta(seconds=seconds)


def candidate(name: str, version: str = "1.37.0", **change: object) -> Candidate:
    """Return a candidate that has just renewed."""
    base = Candidate(name, version, version, OURS, ago(1), None, ago(3600))
    return replace(base, **change)  # type: ignore[arg-type]


A, B = candidate("a"), candidate("b", "1.36.0")
QUIET = ago(60)

ONE_STEP = [
    pytest.param([], None, End.NO_CANDIDATES, id="nobody stands"),
    pytest.param([replace(A, renew_time=ago(1801))], HELD, End.NO_CANDIDATES, id="all expired"),
    pytest.param([replace(A, renew_time=None)], None, End.NO_CANDIDATES, id="never renewed"),
    pytest.param([A], None, End.CREATED, id="the first candidate"),
    pytest.param([A], HELD, End.BEST_LEADS, id="the leader alone"),
    pytest.param([A, B], HELD, End.ASKED_TO_YIELD, id="an older version appears"),
    pytest.param([A, B], EXPIRED, End.ELECTED, id="an older version, and the leader is gone"),
    pytest.param([A], RELEASED, End.ELECTED, id="a Lease that was released"),
    pytest.param([A], EXPIRED, End.UNCHANGED, id="the last holder is the best: a stall"),
    pytest.param(
        [A, replace(A, name="b", strategy=OTHERS)], HELD, End.CONFLICT, id="two strategies"
    ),
    pytest.param(
        [A, replace(A, name="b", strategy=OTHERS)],
        EXPIRED,
        End.ANSWERED_CONFLICT,
        id="two strategies and no leader",
    ),
    pytest.param([replace(A, strategy=OTHERS)], HELD, End.NOT_OURS, id="somebody else's strategy"),
    pytest.param(
        [replace(A, strategy=OTHERS)], EXPIRED, End.STRATEGY_SET, id="strategy of a Lease changes"
    ),
    pytest.param([replace(A, strategy=OTHERS)], None, End.CREATED, id="a Lease for somebody else"),
    pytest.param(
        [replace(A, emulation_version="x")], HELD, End.NO_ELECTEE, id="versions nobody can read"
    ),
    pytest.param(
        [replace(A, binary_version="x")],
        EXPIRED,
        End.ANSWERED_NO_ELECTEE,
        id="versions nobody can read and no leader",
    ),
    pytest.param([replace(A, renew_time=QUIET)], None, End.WAITING, id="who is quiet is asked"),
    pytest.param(
        [replace(A, renew_time=QUIET, ping_time=ago(3))], None, End.WAITING, id="time to answer"
    ),
    pytest.param(
        [replace(A, renew_time=QUIET, ping_time=ago(6))],
        None,
        End.NOBODY_ANSWERED,
        id="a ping that nobody answered",
    ),
    pytest.param([A], replace(HELD, holder_identity=None), End.NOT_COVERED, id="no holder named"),
]


@pytest.mark.parametrize(("candidates", "lease", "end"), ONE_STEP)
def test_a_step_ends_in_one_way(candidates: list[Candidate], lease: Lease | None, end: End) -> None:
    assert step(candidates, lease, NOW).end is end
    assert [found.end for found in outcomes(candidates, lease, NOW)] == [end]


@pytest.mark.parametrize(
    ("change", "is_pinged"),
    [
        pytest.param({"renew_time": ago(4.999999)}, False, id="has answered"),
        pytest.param({"renew_time": ago(5)}, True, id="has answered too long ago"),
        pytest.param(
            {"renew_time": QUIET, "ping_time": ago(100)}, True, id="answered the last one"
        ),
        pytest.param({"renew_time": QUIET, "ping_time": ago(59)}, False, id="owes an answer"),
        pytest.param({"renew_time": ago(5), "ping_time": ago(5)}, False, id="asked 5 s ago"),
    ],
)
def test_who_is_asked(change: dict[str, Any], is_pinged: bool) -> None:
    others = candidate("z", renew_time=QUIET)
    pinged = step([candidate("a", **change), others], EXPIRED, NOW).pinged
    assert pinged == (("a", "z") if is_pinged else ("z",))


def test_an_old_heartbeat_makes_an_election_needed() -> None:
    late = replace(A, renew_time=ago(901))
    assert step([late], HELD, NOW) == Step(End.WAITING, HELD, ("a",))


def test_a_new_holder_gets_five_seconds_and_nobody_is_preferred() -> None:
    lease = replace(EXPIRED, preferred_holder="b", acquire_time=ago(9))
    found = step([A, B], lease, NOW)
    assert found.lease == Lease("b", 5, NOW, None, OURS, None)


def test_the_preferred_holder_stays_when_the_holder_is_the_best() -> None:
    lease = replace(EXPIRED, preferred_holder="b")
    assert step([A], lease, NOW) == Step(End.UNCHANGED, lease, strategy=OURS, electee="a")


def test_chance_decides_between_equals() -> None:
    twins = [A, replace(A, name="b"), replace(A, name="c")]
    assert {found.electee for found in outcomes(twins, None, NOW)} == {"a", "b", "c"}
    ends = {found.end for found in outcomes(twins, HELD, NOW)}
    assert ends == {End.BEST_LEADS, End.ASKED_TO_YIELD}


def test_a_conflict_below_the_highest_version_blocks_by_chance() -> None:
    lower = [candidate("b", "1.36.0"), candidate("c", "1.36.0", strategy=OTHERS)]
    ends = {found.end for found in outcomes([A, *lower], HELD, NOW)}
    assert ends == {End.CONFLICT, End.ASKED_TO_YIELD}


def test_who_does_not_answer_hides_a_conflict_that_blocks_by_chance() -> None:
    """The whole list agrees where b is before c and d; among those who answered there is no b."""
    silent = candidate("b", "1.36.5", strategy=OTHERS, renew_time=QUIET, ping_time=ago(6))
    lower = [candidate("c", "1.36.0"), candidate("d", "1.36.0", strategy=OTHERS)]
    best, lease = replace(A, emulation_version="1.35.0"), replace(HELD, holder_identity="b")
    ends = {found.end for found in outcomes([best, silent, *lower], lease, NOW)}
    assert ends == {End.CONFLICT, End.ANSWERED_CONFLICT, End.ASKED_TO_YIELD}


@pytest.mark.parametrize("names", ["abc", "abcd", "abcde"])
def test_the_outcomes_are_those_of_all_orders(names: str) -> None:
    rng = random.Random(1)  # noqa: S311  a seed, not a secret
    for _ in range(100):
        case = divided(rng, names)
        every = (step(order, case.lease, DRAWN_AT) for order in permutations(case.candidates))
        found = outcomes(case.candidates, case.lease, DRAWN_AT)
        assert {key(outcome(one)) for one in found} == {key(outcome(one)) for one in every}


def test_very_many_equals_are_judged_soon() -> None:
    twins = [replace(A, name=f"n{number}") for number in range(20_000)]
    assert len(outcomes(twins, None, NOW)) == 8
