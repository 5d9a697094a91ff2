"""The causes of a denial depend on what is written, not on how it is ordered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, strategies as st

from app.leasecandidate import LeaseCandidate
from app.leasecandidate.rules import Write
from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration, Ruleset
from tests.leasecandidate.strategies import Json, candidates

if TYPE_CHECKING:
    import random

BUILT_IN = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))


def causes(wire: Json, old: Json | None = None) -> list[tuple[str, str]]:
    write = Write(
        LeaseCandidate.model_validate(wire),
        None if old is None else LeaseCandidate.model_validate(old),
    )
    return [
        (violation.error.field, violation.message)
        for violation in BUILT_IN.evaluate(write).violations
    ]


def shuffled(value: Any, generator: random.Random) -> Any:  # noqa: ANN401  JSON
    """Return equal JSON whose objects have their keys in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(item, generator)) for key, item in value.items()]
        generator.shuffle(items)
        return dict(items)
    return [shuffled(item, generator) for item in value] if isinstance(value, list) else value


@given(candidates, candidates, st.randoms(use_true_random=False))
def test_causes_are_the_same_whatever_the_order_of_keys(
    new: Json, old: Json, generator: random.Random
) -> None:
    assert causes(shuffled(new, generator)) == causes(new)
    assert causes(shuffled(new, generator), shuffled(old, generator)) == causes(new, old)


@given(candidates)
def test_causes_are_the_same_after_a_trip_over_the_wire(wire: Json) -> None:
    candidate = LeaseCandidate.model_validate(wire)
    assert causes(json.loads(candidate.model_dump_json())) == causes(wire)


@given(candidates)
def test_a_second_look_finds_the_same(wire: Json) -> None:
    write = Write(LeaseCandidate.model_validate(wire))
    assert BUILT_IN.evaluate(write) == BUILT_IN.evaluate(write)
