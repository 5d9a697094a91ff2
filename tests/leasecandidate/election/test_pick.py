"""Who is the best, and which strategy counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from app.leasecandidate import MicroTime
from app.leasecandidate.election import Candidate, electees, is_electable, place, strategies
from app.leasecandidate.election.pick import strategy_in_order
from app.leasecandidate.version import order
from tests.leasecandidate.strategies import near_versions

BORN = MicroTime.parse("2026-11-27T18:00:00.000000Z")
A = Candidate("a", "1.37.0", "1.36.0", "s/s", created=BORN)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.37.0", "1.37.0"),
        (" v1.37", "1.37.0"),
        ("1", "1.0.0"),
        ("01.037.00", "1.37.0"),
        ("1.2.-rc", "1.2.0-rc"),
        ("1.37.0+build", "1.37.0+build"),
        ("\u2003 1.2.3", "1.2.3"),
        ("\x1c1.2.3", None),
        ("V1.2.3", None),
        ("vv1.2.3", None),
        ("1.2-rc", None),
        ("1..2", None),
        ("", None),
        ("18446744073709551616.0.0", None),
    ],
)
def test_a_version_is_read_with_tolerance(text: str, version: str | None) -> None:
    candidate = replace(A, binary_version=text)
    assert is_electable(candidate) is (version is not None)
    assert place[text] == order[version or "0.0.0"]


@pytest.mark.parametrize(
    "better",
    [
        pytest.param({"emulation_version": "1.35.9"}, id="emulates an older version"),
        pytest.param({"binary_version": "1.36.9"}, id="has an older binary"),
        pytest.param({"created": None}, id="was created at Go's zero time"),
        pytest.param({"created": MicroTime(BORN.microseconds - 1_000_000)}, id="is older"),
        pytest.param({"binary_version": "1.37.0-alpha"}, id="is a prerelease"),
    ],
)
def test_who_is_better(better: dict[str, object]) -> None:
    other = replace(A, name="b", **better)  # type: ignore[arg-type]
    assert electees([A, other]) == electees([other, A]) == [other]


@pytest.mark.parametrize(
    "equal",
    [
        pytest.param({}, id="the same"),
        pytest.param({"binary_version": "v1.37.0+build"}, id="build metadata and a v"),
        pytest.param({"strategy": "other/other"}, id="another strategy"),
    ],
)
def test_who_is_equally_good(equal: dict[str, object]) -> None:
    other = replace(A, name="b", **equal)  # type: ignore[arg-type]
    assert electees([A, other]) == [A, other]


def test_who_has_no_version_is_never_picked() -> None:
    assert electees([replace(A, emulation_version=""), replace(A, binary_version="x")]) == []


_CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.just("a"),
        st.one_of(st.sampled_from(["1.0.0", "1.1.0", "2.0.0", "x", ""]), near_versions),
        strategy=st.sampled_from(["s/a", "s/b"]),
    ),
    min_size=1,
    max_size=5,
)


@given(_CANDIDATES)
def test_the_highest_version_decides_on_the_strategy(candidates: list[Candidate]) -> None:
    """Descending, they are a conflict only if the highest disagree, and then in every order."""
    found = strategies(candidates)
    descending = sorted(candidates, key=lambda each: place[each.binary_version], reverse=True)
    expected = found[0].strategy if len(found) == 1 else None
    assert strategy_in_order(descending) == expected
    if len(found) > 1:
        assert strategy_in_order(candidates) is None
    assert {each.strategy for each in found} <= {each.strategy for each in candidates}
