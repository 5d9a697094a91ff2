"""Times that cannot work together are refused, each with its reason."""

from __future__ import annotations

import math
from dataclasses import asdict

import pytest
from hypothesis import given, strategies as st

from app.pki.lifetimes import Lifetimes

SHARE = st.one_of(st.floats(0, 1.5), st.floats(0, 0.1))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"leaf": 0}, "above 0 seconds", id="nothing"),
        pytest.param({"authority": math.inf}, "above 0 seconds", id="for ever"),
        pytest.param({"leaf": math.nan}, "above 0 seconds", id="no number"),
        pytest.param(
            {"propagation": 5 * 86_400}, "twice the propagation time", id="slow propagation"
        ),
        pytest.param({"clock_margin": -1}, "twice the clock margin", id="negative margin"),
        pytest.param({"clock_margin": 5 * 86_400}, "twice the clock margin", id="long margin"),
        pytest.param({"clock_margin": 3_601}, "at most 3600 s", id="margin beyond the backdating"),
        pytest.param(
            {"authority": 50 * 86_400}, "shorter than the lifetime of a CA", id="a CA too short"
        ),
    ],
)
def test_what_cannot_work_is_refused(changed: dict[str, float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Lifetimes(**(asdict(Lifetimes()) | changed))


@given(leaf=st.floats(1, 1e8), shares=st.tuples(SHARE, SHARE, SHARE), times=st.floats(1, 9))
def test_what_is_accepted_leaves_room_for_each_step(
    leaf: float, shares: tuple[float, float, float], times: float
) -> None:
    look_ahead, propagation, margin = (leaf * share for share in shares)
    try:
        made = Lifetimes(leaf * times, leaf, look_ahead, propagation, margin)
    except ValueError:
        return
    assert made.leaf + 2 * made.look_ahead < made.authority
    assert 2 * made.propagation < made.look_ahead
    assert 2 * made.clock_margin < made.leaf / 3
    assert made.clock_margin <= 3_600
