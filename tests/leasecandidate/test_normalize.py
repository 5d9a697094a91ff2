"""What the mutating side rewrites, and what it only hints at."""

from __future__ import annotations

import pytest
from hypothesis import given

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, version
from app.leasecandidate.normalize import normalize
from app.leasecandidate.rules import Write
from app.leasecandidate.rules.ruleset import Profile, RulesConfiguration, Ruleset
from tests.leasecandidate.strategies import Json, candidates, valid_specs

BUILT_IN = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))


def spec(binary: str, emulation: str = "") -> LeaseCandidateSpec:
    return LeaseCandidateSpec(binary_version=binary, emulation_version=emulation)


def rewritten(json_object: Json) -> Json:
    """Return the candidate as the rewrites leave it."""
    candidate = LeaseCandidate.from_wire(json_object)
    rewrites, _ = normalize(candidate.spec)
    changes = {rewrite.field: rewrite.new for rewrite in rewrites}
    return json_object | {"spec": json_object["spec"] | changes}


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("v1.33.0", "1.33.0"),
        ("v0.0.0", "0.0.0"),
        ("v1.33.0-alpha.1+b", "1.33.0-alpha.1+b"),
        ("v18446744073709551615.0.0", "18446744073709551615.0.0"),
    ],
)
def test_one_leading_v_is_stripped_where_the_rest_is_a_version(text: str, new: str) -> None:
    rewrites, hints = normalize(spec(text, text))
    assert [(rewrite.field, rewrite.old, rewrite.new) for rewrite in rewrites] == [
        ("binaryVersion", text, new),
        ("emulationVersion", text, new),
    ]
    assert hints == []
    assert str(rewrites[0]) == (
        f'spec.binaryVersion: changed "{text}" to "{new}": versions have no leading "v"'
    )


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("v1.33", "1.33.0"),
        ("V1.33.0", "1.33.0"),
        (" 1.33.0", "1.33.0"),
        (" v1.33.0", "1.33.0"),
        ("1.33", "1.33.0"),
        ("01.33.0", "1.33.0"),
        ("v01.33.0", "1.33.0"),
    ],
)
def test_a_near_miss_is_left_alone_with_a_hint(text: str, suggestion: str) -> None:
    rewrites, hints = normalize(spec("1.0.0", text))
    assert rewrites == []
    assert [str(hint) for hint in hints] == [
        f'spec.emulationVersion: "{text}" is not a semantic version; did you mean "{suggestion}"?'
    ]


@pytest.mark.parametrize(
    "text",
    ["", "1.33.0", "vv1.33.0", "latest", "v", "v18446744073709551616.0.0", "v" + "1" * 3_000_000],
    ids=lambda text: text[:20],
)
def test_everything_else_is_left_alone_without_a_word(text: str) -> None:
    assert normalize(spec(text, text)) == ([], [])


@given(candidates)
def test_rewriting_twice_is_rewriting_once(wire: Json) -> None:
    once = rewritten(wire)
    assert rewritten(once) == once


@given(candidates)
def test_a_rewrite_touches_versions_only_and_makes_them_versions(wire: Json) -> None:
    for rewrite in normalize(LeaseCandidate.from_wire(wire).spec)[0]:
        assert rewrite.field in ("binaryVersion", "emulationVersion")
        assert rewrite.old == wire["spec"][rewrite.field] == "v" + rewrite.new
        assert version.parse(rewrite.new) is not None


@given(valid_specs)
def test_a_valid_object_is_not_rewritten_and_stays_valid(valid_spec: Json) -> None:
    wire = {"metadata": {"name": "a", "namespace": "b"}, "spec": valid_spec}
    assert not BUILT_IN.evaluate(Write(LeaseCandidate.from_wire(wire))).violations
    assert rewritten(wire) == wire


@given(valid_specs)
def test_an_object_that_is_valid_but_for_a_v_becomes_valid(valid_spec: Json) -> None:
    with_v = valid_spec | {
        name: "v" + valid_spec[name] for name in ("binaryVersion", "emulationVersion")
    }
    wire = {"metadata": {"name": "a", "namespace": "b"}, "spec": with_v}
    assert BUILT_IN.evaluate(Write(LeaseCandidate.from_wire(wire))).violations
    assert rewritten(wire)["spec"] == valid_spec
