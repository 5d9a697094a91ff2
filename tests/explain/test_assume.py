"""What would be with other candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.explain.assume import Assumed
from app.explain.diagnosis import ElectionState
from app.explain.what_if import compare
from tests.explain.scene import OTHERS, candidate, lease, situation

if TYPE_CHECKING:
    from app.explain.situation import Situation

NODES = [candidate(name, "1.36.3") for name in ("cp-1", "cp-2", "cp-3")]
TODAY = situation(lease("cp-1"), *NODES)


@pytest.mark.parametrize(
    ("found", "assumed", "without", "difference", "state"),
    [
        pytest.param(
            TODAY,
            ["cp-1=1.37.2/1.37.2"],
            [],
            "Today cp-1 leads; then cp-1 is asked to yield to cp-2.",
            ElectionState.HANDOVER,
            id="the leader's node is upgraded",
        ),
        pytest.param(
            TODAY,
            ["cp-3=1.37.2/1.37.2"],
            [],
            "Today cp-1 leads; then cp-1 leads on.",
            ElectionState.HELD,
            id="another node is upgraded",
        ),
        pytest.param(
            TODAY,
            ["cp-4=1.35.0/1.35.0"],
            [],
            "Today cp-1 leads; then cp-1 is asked to yield to cp-4.",
            ElectionState.HANDOVER,
            id="an older node joins",
        ),
        pytest.param(
            TODAY,
            [],
            ["cp-1"],
            "Today cp-1 leads; then cp-2 is elected.",
            ElectionState.LEADERLESS,
            id="the leader is gone",
        ),
        pytest.param(
            TODAY,
            [],
            ["cp-2"],
            "Today cp-1 leads; then cp-1 leads on.",
            ElectionState.HELD,
            id="another one is gone",
        ),
        pytest.param(
            TODAY,
            [f"cp-3=1.37.2/1.36.3/{OTHERS}"],
            [],
            "Today cp-1 leads; then cp-1 leads on.",
            ElectionState.HELD,
            id="another strategy at the highest version",
        ),
        pytest.param(
            TODAY,
            [f"cp-3=1.36.3/1.36.3/{OTHERS}"],
            [],
            "Today cp-1 leads; then the election is blocked by two strategies.",
            ElectionState.BLOCKED,
            id="two strategies",
        ),
        pytest.param(
            situation(None),
            ["a=1.37.2/1.37.2"],
            [],
            "Today nobody leads; then a is elected.",
            ElectionState.LEADERLESS,
            id="the first one",
        ),
    ],
)
def test_what_would_be(
    found: Situation, assumed: list[str], without: list[str], difference: str, state: ElectionState
) -> None:
    what_if = compare(found, [*map(Assumed.parse, assumed)], without)
    assert what_if.difference == difference
    assert what_if.after.diagnosis.state is state
    assert what_if.before.situation is found


def test_what_rules_object_to_is_said() -> None:
    what_if = compare(TODAY, [Assumed("cp-1", "1.36.3", "v1.37.0", OTHERS)], [])
    rules = {(each.name, each.violation.rule.id) for each in what_if.objections}
    assert ("cp-1", "strategy-conflict") in rules
    assert not what_if.is_healthy


@pytest.mark.parametrize("text", ["a", "a=1.0.0", "=1.0.0/1.0.0", "a=1/2/"])
def test_what_is_no_assumption_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not like NAME=BINARY/EMULATION"):
        Assumed.parse(text)
