"""`merge_from`: the deep merge of two candidates."""

from __future__ import annotations

from hypothesis import given

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, ObjectMeta
from tests.leasecandidate.strategies import Json, candidates

OLD = LeaseCandidateSpec.model_validate(
    {
        "leaseName": "old",
        "binaryVersion": "1.0.0",
        "emulationVersion": "1.0.0",
        "strategy": "example.com/old",
        "pingTime": "2026-01-01T00:00:00.000000Z",
        "renewTime": "2026-01-02T00:00:00.000000Z",
        "xKept": 1,
        "xReplaced": [1, 2],
    }
)


def merged(**other: object) -> Json:
    result: Json = OLD.merge_from(LeaseCandidateSpec.model_validate(other)).model_dump()
    return result


def test_a_required_string_is_taken_from_the_other_even_where_it_is_empty() -> None:
    result = merged(leaseName="new", binaryVersion="2.0.0")
    assert (result["leaseName"], result["binaryVersion"], result["strategy"]) == (
        "new",
        "2.0.0",
        "",
    )


def test_an_optional_field_is_taken_only_where_the_other_has_a_value() -> None:
    result = merged(renewTime="2027-01-01T00:00:00.000000Z", emulationVersion="", pingTime=None)
    assert result["renewTime"] == "2027-01-01T00:00:00.000000Z"
    assert result["emulationVersion"] == "1.0.0"
    assert result["pingTime"] == "2026-01-01T00:00:00.000000Z"


def test_the_zero_time_is_a_value() -> None:
    assert merged(renewTime="0001-01-01T00:00:00.000000Z")["renewTime"] is None


def test_an_unknown_field_is_taken_where_the_other_has_a_value() -> None:
    result = merged(xReplaced=[3], xNew={"a": 1}, xKept=None)
    assert (result["xKept"], result["xReplaced"], result["xNew"]) == (1, [3], {"a": 1})


def test_neither_side_is_changed() -> None:
    other = LeaseCandidateSpec(lease_name="new")
    before = OLD.model_dump(), other.model_dump()
    OLD.merge_from(other)
    assert (OLD.model_dump(), other.model_dump()) == before


def test_maps_and_sets_of_metadata_are_united() -> None:
    old = ObjectMeta.model_validate(
        {
            "name": "a",
            "namespace": "default",
            "labels": {"a": "1", "b": "1"},
            "annotations": {"c": "1"},
            "finalizers": ["x", "y"],
            "ownerReferences": [{"uid": "1", "name": "old"}, {"uid": "2", "name": "kept"}],
            "generation": 3,
        }
    )
    new = ObjectMeta.model_validate(
        {
            "name": "b",
            "labels": {"b": "2"},
            "annotations": {"d": "2"},
            "finalizers": ["y", "z"],
            "ownerReferences": [{"uid": "1", "name": "new"}],
        }
    )
    result = old.merge_from(new)
    assert (result.name, result.namespace, result.generation) == ("b", "default", 3)
    assert result.labels == {"a": "1", "b": "2"}
    assert result.annotations == {"c": "1", "d": "2"}
    assert result.finalizers == ["x", "y", "z"]
    assert [(owner.uid, owner.name) for owner in result.owner_references] == [
        ("1", "new"),
        ("2", "kept"),
    ]
    assert old.labels == {"a": "1", "b": "1"}


def test_a_candidate_merges_its_parts() -> None:
    old = LeaseCandidate.model_validate(
        {"kind": "LeaseCandidate", "metadata": {"labels": {"a": "1"}}, "spec": {"pingTime": None}}
    )
    new = LeaseCandidate.model_validate(
        {"metadata": {"labels": {"b": "2"}}, "spec": {"leaseName": "l"}, "xStatus": {"a": 1}}
    )
    assert old.merge_from(new).model_dump() == {
        "kind": "LeaseCandidate",
        "metadata": {"labels": {"a": "1", "b": "2"}},
        "spec": {"leaseName": "l", "binaryVersion": "", "strategy": ""},
        "xStatus": {"a": 1},
    }


@given(candidates)
def test_a_merge_with_itself_changes_nothing(wire: Json) -> None:
    spec = LeaseCandidate.model_validate(wire).spec
    assert spec.merge_from(spec) == spec


@given(candidates)
def test_a_merge_into_nothing_gives_the_other(wire: Json) -> None:
    other = LeaseCandidate.model_validate(wire).spec
    unset = {name for name, value in (other.model_extra or {}).items() if value in (None, "")}
    expected = {name: value for name, value in other.model_dump().items() if name not in unset}
    assert LeaseCandidateSpec().merge_from(other).model_dump() == expected
