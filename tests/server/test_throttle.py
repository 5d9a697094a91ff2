"""How many records of one kind pass in a time, with a clock that the test moves."""

from __future__ import annotations

from app.server.throttle import RECORDS, Throttle


def test_the_first_ones_of_each_second_pass_and_the_next_tells_of_the_rest() -> None:
    now = 100.0
    throttle = Throttle(lambda: now)
    assert [throttle.pass_one(429) for _ in range(RECORDS + 3)] == [0] * RECORDS + [None] * 3
    now = 100.99
    assert throttle.pass_one(429) is None
    now = 101.0
    assert [throttle.pass_one(429), throttle.pass_one(429)] == [4, 0]


def test_a_flood_of_one_kind_hides_no_other() -> None:
    throttle = Throttle(lambda: 0.0)
    for _ in range(1000):
        throttle.pass_one(400)
    assert throttle.pass_one(504) == 0
