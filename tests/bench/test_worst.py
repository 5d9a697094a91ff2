"""The search for expensive bodies: what it tries, and what it says."""

from __future__ import annotations

import json
import random
from statistics import median

from bench.worst.__main__ import Cost, largest, table, worst
from bench.worst.bodies import recipe


def test_a_body_is_a_review_of_about_the_size_that_is_asked_for() -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    bodies = [recipe(chance).body(30_000) for _ in range(200)]
    assert {json.loads(body)["kind"] for body in bodies} == {"AdmissionReview"}
    assert max(map(len, bodies)) < 50_000
    assert 25_000 < median(map(len, bodies)) < 35_000


def test_the_most_expensive_comes_first_and_is_as_large_as_it_is_read() -> None:
    costs = worst(number=8, seed=1)
    seconds = [cost.seconds for _, cost in costs]
    assert seconds == sorted(seconds, reverse=True)
    assert "unread" not in {cost.answer for _, cost in costs}
    assert largest(b"[" * 1000) < 150_001
    assert largest(b"x" * 999 + b",") > 2_900_000


def test_the_table_has_what_was_asked_and_what_it_cost() -> None:
    found = recipe(random.Random(1))  # noqa: S311 - no secret
    row = table([(found, Cost(0.123, 5 * 2**20, "400"))]).splitlines()[2]
    assert row.endswith("| 400 | 123 ms | 5 MiB |")
    assert found.review in row
