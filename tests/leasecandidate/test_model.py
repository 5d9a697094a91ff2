"""The object in Python and on the wire."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from app.leasecandidate import (
    LeaseCandidate,
    LeaseCandidateSpec,
    MicroTime,
    ObjectMeta,
    OwnerReference,
)
from tests.leasecandidate.strategies import Json, candidates
from tests.reviews import RECORDED, recorded

SPEC = LeaseCandidateSpec(
    lease_name="my-lease",
    binary_version="1.33.0",
    emulation_version="1.32.0",
    strategy="OldestEmulationVersion",
    renew_time=MicroTime.parse("2026-11-22T07:00:00.000000Z"),
)
WIRE = {
    "leaseName": "my-lease",
    "binaryVersion": "1.33.0",
    "emulationVersion": "1.32.0",
    "strategy": "OldestEmulationVersion",
    "renewTime": "2026-11-22T07:00:00.000000Z",
}


def test_a_spec_is_snake_case_in_python_and_camel_case_on_the_wire() -> None:
    assert SPEC.model_dump(mode="json") == WIRE
    assert LeaseCandidateSpec.from_wire(WIRE) == SPEC
    assert LeaseCandidateSpec.model_validate_json(json.dumps(WIRE)) == SPEC
    assert json.loads(SPEC.model_dump_json()) == WIRE


def test_the_default_has_the_required_fields_alone() -> None:
    assert LeaseCandidateSpec().model_dump() == {
        "leaseName": "",
        "binaryVersion": "",
        "strategy": "",
    }
    assert LeaseCandidate().model_dump() == {
        "metadata": {},
        "spec": LeaseCandidateSpec().model_dump(),
    }


@pytest.mark.parametrize("field", ["emulationVersion", "pingTime", "renewTime"])
def test_an_optional_field_is_absent_when_it_is_empty(field: str) -> None:
    empty = "" if field == "emulationVersion" else None
    spec = LeaseCandidateSpec.from_wire(WIRE | {field: empty})
    assert field not in spec.model_dump()
    assert spec == LeaseCandidateSpec.from_wire(
        {name: value for name, value in WIRE.items() if name != field}
    )


def test_the_zero_time_is_there_as_null() -> None:
    spec = LeaseCandidateSpec.from_wire({"renewTime": "0001-01-01T00:00:00.000000Z"})
    assert spec.renew_time is not None
    assert spec.model_dump()["renewTime"] is None
    assert json.loads(spec.model_dump_json())["renewTime"] is None


@pytest.mark.parametrize("field", ["leaseName", "binaryVersion", "emulationVersion", "strategy"])
def test_null_is_the_empty_string(field: str) -> None:
    assert LeaseCandidateSpec.from_wire({field: None}) == LeaseCandidateSpec()


@pytest.mark.parametrize(
    "value",
    [
        {"spec": {"binaryVersion": 1.33}},
        {"spec": {"strategy": ["OldestEmulationVersion"]}},
        {"spec": {"leaseName": True}},
        {"spec": {"renewTime": 5}},
        {"spec": {"pingTime": {}}},
        {"spec": []},
        {"spec": "x"},
        {"metadata": 1},
        {"metadata": {"labels": []}},
        {"metadata": {"labels": {"a": 1}}},
        {"metadata": {"finalizers": {}}},
        {"metadata": {"finalizers": 0}},
        {"metadata": {"ownerReferences": [1]}},
        {"metadata": {"ownerReferences": False}},
        {"metadata": {"ownerReferences": [{"controller": "yes"}]}},
        {"metadata": {"generation": "1"}},
        {"metadata": {"generation": 1.5}},
        {"metadata": {"generation": 2**63}},
        {"metadata": {"deletionGracePeriodSeconds": -(2**63) - 1}},
        {"kind": 1},
    ],
    ids=json.dumps,
)
def test_a_value_of_another_type_is_refused(value: Json) -> None:
    with pytest.raises(ValidationError) as refused:
        LeaseCandidate.from_wire(value)
    assert refused.value.error_count() == 1


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"finalizers": [1] * 1_000_000}, id="finalizers"),
        pytest.param({"labels": {str(n): n for n in range(300_000)}}, id="labels"),
        pytest.param({"annotations": {str(n): [] for n in range(300_000)}}, id="annotations"),
        pytest.param({"ownerReferences": [1] * 1_000_000}, id="owners of a wrong type"),
        pytest.param({"ownerReferences": [{}] * 200_001}, id="too many owners"),
    ],
)
def test_many_wrong_values_are_one_error(metadata: Json) -> None:
    """A description of each would fill the memory."""
    with pytest.raises(ValidationError) as refused:
        LeaseCandidate.from_wire({"metadata": metadata})
    assert refused.value.error_count() == 1


@pytest.mark.parametrize("value", [None, {}], ids=json.dumps)
@pytest.mark.parametrize("field", ["spec", "metadata"])
def test_null_is_the_empty_object(field: str, value: object) -> None:
    assert LeaseCandidate.from_wire({field: value}) == LeaseCandidate()


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_object_survives_the_round_trip(name: str) -> None:
    request = recorded(name)["request"]
    for wire in filter(None, (request["object"], request["oldObject"])):
        given_metadata = {
            name: value for name, value in wire["metadata"].items() if value is not None
        }
        candidate = LeaseCandidate.from_wire(wire)
        assert candidate.model_dump(mode="json") == wire | {"metadata": given_metadata}


@given(candidates)
def test_unknown_fields_survive_the_round_trip_and_nothing_is_made_up(wire: Json) -> None:
    written = LeaseCandidate.from_wire(wire).model_dump(mode="json")
    for part in ("metadata", "spec"):
        known = {name: value for name, value in wire[part].items() if not name.startswith("x")}
        unknown = {name: value for name, value in wire[part].items() if name.startswith("x")}
        assert unknown.items() <= written[part].items()
        assert written[part].keys() <= known.keys() | unknown.keys() | {
            "leaseName",
            "binaryVersion",
            "strategy",
        }
    assert {name: value for name, value in wire.items() if name.startswith("x")}.items() <= (
        written.items()
    )


@given(candidates)
def test_a_second_round_trip_changes_nothing(wire: Json) -> None:
    once = LeaseCandidate.from_wire(wire)
    again = LeaseCandidate.from_wire(once.model_dump(mode="json"))
    assert again.model_dump(mode="json") == once.model_dump(mode="json")
    from_json = LeaseCandidate.model_validate_json(once.model_dump_json())
    assert from_json.model_dump(mode="json") == once.model_dump(mode="json")


@pytest.mark.parametrize(
    "metadata",
    [
        {"x": None},
        {"x": ""},
        {"x": {}},
        {"x": []},
        {"x": 0},
        {
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "u", "x": None}
            ]
        },
        {"managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}]},
    ],
    ids=json.dumps,
)
def test_unknown_metadata_survives_even_where_it_is_empty(metadata: Json) -> None:
    assert ObjectMeta.from_wire(metadata).model_dump(mode="json") == metadata


def test_an_owner_says_what_is_required_and_what_it_was_given() -> None:
    assert OwnerReference(name="a", controller=False).model_dump() == {
        "apiVersion": "",
        "kind": "",
        "name": "a",
        "uid": "",
        "controller": False,
    }


def test_equality_is_by_value_with_unknown_fields_and_however_it_was_made() -> None:
    assert LeaseCandidateSpec(strategy="") == LeaseCandidateSpec()
    assert LeaseCandidateSpec.from_wire({"x": 1}) != LeaseCandidateSpec()
    assert LeaseCandidateSpec.from_wire({"x": 1}) == LeaseCandidateSpec.model_validate({"x": 1})
    assert LeaseCandidateSpec() != SPEC
    assert LeaseCandidate(spec=SPEC) == LeaseCandidate.from_wire({"spec": WIRE})


@pytest.mark.parametrize("copied", [copy.copy(SPEC), copy.deepcopy(SPEC), SPEC.model_copy()])
def test_a_copy_is_equal_and_another_object(copied: LeaseCandidateSpec) -> None:
    assert copied == SPEC
    assert copied is not SPEC


def test_a_change_is_made_on_a_copy() -> None:
    changed = SPEC.model_copy(update={"lease_name": "other"})
    assert changed.lease_name == "other"
    assert SPEC.lease_name == "my-lease"
    with pytest.raises(ValidationError, match="frozen"):
        SPEC.lease_name = "other"  # type: ignore[misc]


def test_a_deep_copy_shares_no_map() -> None:
    candidate = LeaseCandidate.from_wire({"metadata": {"labels": {"a": "b"}}})
    copied = copy.deepcopy(candidate)
    copied.metadata.labels["a"] = "c"
    assert candidate.metadata.labels == {"a": "b"}


def test_a_candidate_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(SPEC)) == SPEC  # noqa: S301  our own bytes


def test_the_repr_is_readable() -> None:
    assert repr(SPEC) == (
        "LeaseCandidateSpec(lease_name='my-lease', ping_time=None, "
        "renew_time=MicroTime('2026-11-22T07:00:00.000000Z'), binary_version='1.33.0', "
        "emulation_version='1.32.0', strategy='OldestEmulationVersion')"
    )


def test_the_json_schema_names_every_field_with_its_meaning() -> None:
    schema = LeaseCandidate.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    properties = definitions["LeaseCandidateSpec"]["properties"]
    assert list(properties) == [
        "leaseName",
        "pingTime",
        "renewTime",
        "binaryVersion",
        "emulationVersion",
        "strategy",
    ]
    for name, described in properties.items():
        assert "equired" in described["description"] or "ptional" in described["description"], name
    assert properties["leaseName"]["type"] == "string"
    assert {"type": "string", "format": "date-time"} in properties["renewTime"]["anyOf"]
    assert schema["properties"]["spec"]["$ref"] == "#/$defs/LeaseCandidateSpec"


def test_there_is_a_schema_of_what_is_written_too() -> None:
    assert TypeAdapter(LeaseCandidate).json_schema(mode="serialization")
