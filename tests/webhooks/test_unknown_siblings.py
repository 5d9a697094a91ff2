"""What an answer says where candidates could not be compared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.admission import Allowed
from app.leasecandidate.rules import ADDED_RULES, Action, RulesConfiguration, Ruleset
from app.webhooks import NoSiblingSource, ServerClock, SiblingSource, ValidatingHook
from tests.reviews import create, encode, read_review

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate

NOW = datetime.now(UTC)


class Lost:
    """A source that has lost its API server."""

    def siblings(self, candidate: LeaseCandidate) -> None:
        """Return nothing."""

    def miss(self) -> str:
        return "not compared"


@pytest.mark.parametrize(
    ("source", "action", "warnings"),
    [
        pytest.param(Lost(), Action.WARN, ("not compared",), id="a source that knows nothing now"),
        pytest.param(Lost(), Action.OFF, (), id="no rule that would have asked it"),
        pytest.param(NoSiblingSource(), Action.WARN, (), id="no source at all"),
    ],
)
def test_whoever_writes_is_told_that_siblings_were_not_looked_at(
    source: SiblingSource, action: Action, warnings: tuple[str, ...]
) -> None:
    actions = {rule.id: action for rule in ADDED_RULES if rule.needs_siblings}
    rules = Ruleset(RulesConfiguration.model_validate({"actions": actions}))
    hook = ValidatingHook(lambda: rules, ServerClock(lambda: NOW), source)
    verdict = hook(read_review(encode(create())))
    assert isinstance(verdict, Allowed)
    assert tuple(text for text in verdict.warnings if "rule" not in text) == warnings
