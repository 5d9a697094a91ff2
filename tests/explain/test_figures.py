"""What is counted of a Lease, and when time alone changes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from app.explain.diagnosis import ElectionState
from app.explain.figures import Figures, figures
from app.explain.objects import Writer
from app.explain.verdicts import CandidateVerdict
from app.leasecandidate.election import Candidate
from tests.explain.scene import NOW, OTHERS, OURS, ago, candidate, lease, situation

if TYPE_CHECKING:
    from app.explain.situation import Situation

A, B = candidate("a"), candidate("b")
SILENT: dict[str, Any] = {"renew_time": ago(100), "ping_time": ago(30)}
ASKED_BY = Writer("kube-apiserver", ago(10))

TABLE = [
    pytest.param(
        situation(lease("pod", strategy=None)),
        {"state": ElectionState.HELD, "is_held": True, "is_coordinated": False},
        id="an ordinary Lease that is held",
    ),
    pytest.param(
        situation(lease("pod", 30, strategy=None)),
        {"state": ElectionState.LEADERLESS, "is_held": False, "expiry": ago(15)},
        id="an ordinary Lease that ran out",
    ),
    pytest.param(
        situation(lease("", None, strategy=None)),
        {"state": ElectionState.LEADERLESS, "is_held": False, "expiry": None},
        id="a Lease that nobody ever held",
    ),
    pytest.param(
        situation(lease("a"), A, B),
        {
            "state": ElectionState.HELD,
            "is_coordinated": True,
            "verdicts": {CandidateVerdict.LEADER: 1, CandidateVerdict.NEXT: 1},
            "expiry": None,
            "unanswered_since": None,
        },
        id="a leader, and who is next",
    ),
    pytest.param(
        situation(lease("a"), A, candidate("b", strategy=OTHERS)),
        {
            "state": ElectionState.BLOCKED,
            "has_conflict": True,
            "verdicts": {CandidateVerdict.LEADER: 1, CandidateVerdict.DISAGREES: 1},
        },
        id="two strategies",
    ),
    pytest.param(
        situation(None, A, candidate("b", **SILENT)),
        {
            "is_held": False,
            "expiry": None,
            "verdicts": {CandidateVerdict.NEXT: 1, CandidateVerdict.SILENT: 1},
            "unanswered_since": ago(30),
        },
        id="a candidate that does not answer, and no Lease",
    ),
    pytest.param(
        situation(lease("b", preferred_holder="a"), B, A, asked_by=ASKED_BY),
        {"state": ElectionState.HANDOVER, "asked_since": ago(10), "due": NOW + timedelta(0, 14)},
        id="a leader that was asked to yield",
    ),
    pytest.param(
        situation(lease("b", 60, preferred_holder="a"), B, A, asked_by=ASKED_BY),
        {"is_held": False, "asked_since": None},
        id="one that was asked and has let go",
    ),
]


@pytest.mark.parametrize(("of", "expected"), TABLE)
def test_what_is_counted(of: Situation, expected: dict[str, object]) -> None:
    found = figures(of)
    assert {name: getattr(found, name) for name in expected} == expected
    assert (found.namespace, found.lease) == of.key


SECONDS = st.integers(-40, 2000) | st.sampled_from([5, 15, 30, 900, 1800])
TIMES = st.none() | SECONDS.map(ago)
CANDIDATES = st.builds(
    Candidate,
    name=st.sampled_from("abc"),
    binary_version=st.sampled_from(["1.36.0", "1.37.0", "junk"]),
    emulation_version=st.sampled_from(["1.36.0", "1.37.0"]),
    strategy=st.sampled_from([OURS, OURS, OTHERS]),
    renew_time=TIMES,
    ping_time=TIMES,
    created=st.just(ago(3600)),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    stored = draw(
        st.none()
        | st.builds(
            lease,
            st.sampled_from(["", "a", "b", "x"]),
            SECONDS,
            preferred_holder=st.sampled_from([None, "a", "b"]),
        )
    )
    found = draw(st.lists(CANDIDATES, max_size=3, unique_by=lambda each: each.name))
    asked = draw(st.none() | SECONDS.map(lambda seconds: Writer("kube-apiserver", ago(seconds))))
    return situation(stored, *found, asked_by=asked)


def after(of: Situation, later: timedelta) -> Figures:
    return figures(replace(of, now=NOW + later))


@given(situations(), st.floats(0, 1))
def test_nothing_changes_by_time_until_it_is_due(of: Situation, share: float) -> None:
    now = figures(of)
    until = timedelta(days=9) if now.due is None else now.due.since(NOW)
    assert until >= timedelta(0)
    assert after(of, until) == now
    assert after(of, until * share) == now


LONG: dict[str, Any] = {"lease_duration_seconds": 3600}


@pytest.mark.parametrize(
    ("of", "due"),
    [
        pytest.param(situation(lease("pod")), timedelta(seconds=14), id="the Lease runs out"),
        pytest.param(
            situation(lease("a", **LONG), A), timedelta(minutes=29), id="the candidate expires"
        ),
        pytest.param(
            situation(lease("b", **LONG, preferred_holder="a"), B, A, asked_by=ASKED_BY),
            timedelta(seconds=20),
            id="the leader should have yielded",
        ),
        pytest.param(
            situation(lease("a", **LONG), A, candidate("b", renew_time=ago(9), ping_time=ago(2))),
            timedelta(seconds=3) - timedelta(microseconds=1),
            id="the answer is late",
        ),
    ],
)
def test_when_time_changes_it(of: Situation, due: timedelta) -> None:
    assert figures(of).due == NOW + due


def test_time_changes_it_once_it_is_due() -> None:
    held, silent = situation(lease("a"), A), situation(lease("a", 5), A, candidate("b", **SILENT))
    asked = situation(lease("a"), A, candidate("b", renew_time=ago(100), ping_time=ago(2)))
    for of in (held, silent, asked):
        due = figures(of).due
        assert due is not None
        assert after(of, due.since(NOW) + timedelta(microseconds=1)) != figures(of)
