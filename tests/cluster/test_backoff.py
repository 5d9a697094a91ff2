"""Pauses before what failed is tried again."""

from __future__ import annotations

from hypothesis import given, strategies as st

from app.cluster.backoff import FIRST_SECONDS, LONGEST_SECONDS, Backoff


@given(st.integers(0, 5000))
def test_a_pause_is_never_shorter_than_the_first_nor_longer_than_the_longest(failures: int) -> None:
    backoff = Backoff()
    backoff.failures = failures
    assert FIRST_SECONDS <= backoff.next() <= LONGEST_SECONDS


def test_pauses_double_up_to_the_longest_and_begin_again_when_it_went_well() -> None:
    backoff = Backoff()
    pauses = [backoff.next() for _ in range(8)]
    assert all(low <= pause <= 2 * low for pause, low in zip(pauses, [0.8, 1.6, 3.2], strict=False))
    assert min(pauses[-2:]) >= LONGEST_SECONDS / 2
    backoff.reset()
    assert backoff.next() <= 2 * FIRST_SECONDS


def test_two_replicas_do_not_come_back_at_the_same_moment() -> None:
    assert len({Backoff().next() for _ in range(20)}) > 10
