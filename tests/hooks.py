"""The two hooks, ready to be called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration, Ruleset
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, mutate

if TYPE_CHECKING:
    from app.webhooks import Hook

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""Shortly after the reviews of the tests were recorded."""


def validating(profile: Profile) -> ValidatingHook:
    """Return a validating hook with the rules of a profile and a clock that stands at NOW."""
    ruleset = Ruleset(RulesConfiguration(profile=profile))
    return ValidatingHook(lambda: ruleset, ServerClock(lambda: NOW), NoSiblingSource())


validate = validating(Profile.BUILTIN)
BUILT_IN_HOOKS: dict[str, Hook] = {"validate": validate, "mutate": mutate}
