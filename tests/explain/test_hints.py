"""Clocks that are off, chance, and who runs the elections."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.explain.explanation import explain
from app.explain.objects import Writer
from app.explain.snapshot import ElectionController
from app.leasecandidate import MicroTime
from tests.explain.scene import OTHERS, ago, candidate, lease, situation


@pytest.mark.parametrize(
    ("ahead", "hint"),
    [
        pytest.param(0, "", id="equal clocks"),
        pytest.param(0.9, "", id="a fraction that the server cuts off"),
        pytest.param(-1.9, "", id="a slow write"),
        pytest.param(-3, "3 s behind the server's, so its answer counts only", id="behind"),
        pytest.param(-6, "6 s behind the server's, so its answers count as older", id="far behind"),
        pytest.param(-1801, "30 min behind the server's, so it counts as expired", id="hopeless"),
        pytest.param(11, "10 s ahead of the server's, so it counts as having", id="ahead"),
    ],
)
def test_a_clock_that_is_off_is_seen(ahead: float, hint: str) -> None:
    stored = MicroTime(ago(60).microseconds)
    each = candidate("a", renew_time=stored + timedelta(seconds=ahead))
    found = explain(situation(lease("a"), each, written={"a": Writer("component", stored)}))
    said = [text for text in found.hints if "clock" in text]
    assert bool(said) is bool(hint)
    assert hint in "".join(said)
    assert ("the server's" in found.rows[0].text) is bool(hint)


def test_a_conflict_below_the_highest_version_is_a_hint() -> None:
    lower = [candidate("b", "1.36.0"), candidate("c", "1.36.0", strategy=OTHERS)]
    assert any(
        "by chance" in hint for hint in explain(situation(lease("a"), candidate("a"), *lower)).hints
    )


def test_who_runs_the_elections_is_named_where_there_are_some() -> None:
    runs = ElectionController("cp-1_4711", is_running=True)
    coordinated = explain(situation(lease("a"), candidate("a"), controller=runs))
    assert coordinated.hints == ["Elections are run by the kube-apiserver cp-1_4711."]
    assert explain(situation(lease("a", strategy=None), controller=runs)).hints == []
