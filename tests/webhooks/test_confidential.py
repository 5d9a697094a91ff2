"""What an answer says of other objects, where anybody may be asking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.admission import Allowed
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Action, RulesConfiguration, Ruleset, Sibling
from app.webhooks import ServerClock, ValidatingHook
from tests.reviews import create, encode, read_review

if TYPE_CHECKING:
    from app.leasecandidate import LeaseCandidate

NOW = datetime.now(UTC)
SECRET = "example.com/secret-strategy"  # noqa: S105  no password
RULES = Ruleset(RulesConfiguration(actions={"strategy-conflict": Action.WARN}))


class Others:
    """A source of siblings with two that disagree with everybody."""

    def siblings(self, candidate: LeaseCandidate) -> tuple[Sibling, ...]:
        version = candidate.spec.binary_version
        return (Sibling(version, SECRET, MicroTime.at(NOW), count=41),)

    def miss(self) -> str:
        raise AssertionError("they are known")


@pytest.mark.parametrize("confidential", [True, False], ids=["anybody", "verified callers only"])
def test_siblings_are_named_only_to_verified_callers(*, confidential: bool) -> None:
    hook = ValidatingHook(
        lambda: RULES, ServerClock(lambda: NOW), Others(), confidential=confidential
    )
    verdict = hook(read_review(encode(create())))
    assert isinstance(verdict, Allowed)
    [warning] = [text for text in verdict.warnings if "strategy-conflict" in text]
    assert (SECRET in warning) is not confidential
    assert ("41" in warning) is not confidential
