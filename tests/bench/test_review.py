"""What the bench sends is what kube-apiserver sends of candidates in which nothing is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.admission import Allowed, Operation
from app.leasecandidate.rules.ruleset import RulesConfiguration, Ruleset
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, mutate, parse_candidates
from bench.review import changes, creates, heartbeats

if TYPE_CHECKING:
    from bench.tasks import MakeReviews


@pytest.mark.parametrize(
    ("make", "operation"),
    [
        (creates, Operation.CREATE),
        (changes, Operation.UPDATE),
        (heartbeats, Operation.UPDATE),
    ],
)
def test_nothing_is_wrong_in_a_review(make: MakeReviews, operation: Operation) -> None:
    ruleset = Ruleset(RulesConfiguration())
    clock = ServerClock(lambda: datetime.now(UTC))
    hook = ValidatingHook(lambda: ruleset, clock, NoSiblingSource())
    for body in (*make(3), *make(200, start=12_345)):
        review = parse_candidates(body).request
        assert review.operation is operation
        verdict = hook(review)
        assert isinstance(verdict, Allowed)
        assert (verdict.warnings, verdict.findings) == ((), ())
        assert mutate(review) == Allowed()


@pytest.mark.parametrize("make", [creates, changes, heartbeats])
def test_no_review_comes_twice(make: MakeReviews) -> None:
    bodies = [*make(250), *make(250, start=250)]
    assert len(set(bodies)) == 500
    assert len({parse_candidates(body).request.uid for body in bodies}) == 500
