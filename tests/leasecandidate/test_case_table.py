"""Every case of the shared table: what kube-apiserver says, said by our rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, MicroTime, version
from app.leasecandidate.rules import Profile, RulesConfiguration, Ruleset, Write
from tests.leasecandidate.cases import Case, expand, section

BUILT_IN = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))
METADATA = {"name": "cand-1", "namespace": "default"}


def violations(write: Write) -> list[tuple[str, str, str]]:
    """Return reason, field and message of each finding.

    The server runs the metadata pass of an update twice; the table holds for a single one.
    """
    found = [
        (violation.error.reason.value, violation.error.field, violation.error.message)
        for violation in BUILT_IN.evaluate(write).violations
    ]
    return list(dict.fromkeys(found))


def candidate(spec: Any, metadata: Any = None) -> LeaseCandidate:  # noqa: ANN401
    return LeaseCandidate.from_wire(
        {"metadata": expand(metadata or METADATA), "spec": expand(spec)}
    )


def named(cases: list[Case], pattern: str = "{name}") -> list[Any]:
    return [pytest.param(case, id=pattern.format(**case)) for case in cases]


@pytest.mark.parametrize("case", named(section("derived", "validation")))
def test_metadata_and_spec_get_exactly_the_expected_causes_in_order(case: Case) -> None:
    new = candidate(case["spec"], case["metadata"])
    old = None
    if case.get("op") == "UPDATE":
        metadata = case["metadata"] | {"name": case.get("old_name", case["metadata"]["name"])}
        old = candidate(case["old_spec"], metadata | {"resourceVersion": "1"})
    found = violations(Write(new, old))
    assert [(reason, field) for reason, field, _ in found] == [
        (error["type"], error["field"]) for error in case["errors"]
    ]
    for (_, _, message), error in zip(found, case["errors"], strict=True):
        assert error.get("detail_contains", "") in message


@pytest.mark.parametrize("case", named(section("upstream", "validate_spec")))
def test_upstream_spec_is_judged_as_upstream_judges_it(case: Case) -> None:
    found = violations(Write(candidate(case["spec"])))
    kinds = [f"{field} {reason.removeprefix('FieldValue')}" for reason, field, _ in found]
    assert kinds == case.get("why", [])
    assert (not found) is case["valid"]


@pytest.mark.parametrize("case", named(section("upstream", "validate_object")))
def test_upstream_object_is_judged_as_upstream_judges_it(case: Case) -> None:
    found = violations(Write(candidate(case["object"]["spec"], case["object"]["metadata"])))
    assert (not found) is case["valid"]
    assert [field for _, field, _ in found] == [
        "metadata.name",
        "metadata.namespace",
        "spec.leaseName",
        "spec.binaryVersion",
        "spec.strategy",
    ]


@pytest.mark.parametrize("case", named(section("upstream", "validate_update")))
def test_upstream_update_is_judged_as_upstream_judges_it(case: Case) -> None:
    metadata = METADATA | {"resourceVersion": case["resourceVersion"]}
    found = violations(Write(candidate(case["new"], metadata), candidate(case["old"], metadata)))
    assert (not found) is case["valid"]
    said = [f"{field} {reason.removeprefix('FieldValue')}" for reason, field, _ in found]
    assert said == [why.partition(":")[0] for why in case.get("why", [])]
    for (_, _, message), why in zip(found, case.get("why", []), strict=True):
        assert message.endswith(why.partition(": ")[2])


@pytest.mark.parametrize("case", named(section("upstream", "validate_strategy"), "{strategy}"))
def test_upstream_strategy_is_judged_as_upstream_judges_it(case: Case) -> None:
    spec = {
        "leaseName": "test",
        "binaryVersion": "1.30.0",
        "emulationVersion": "1.30.0",
        "strategy": case["strategy"],
    }
    assert (not violations(Write(candidate(spec)))) is case["valid"]


@pytest.mark.parametrize("case", named(section("derived", "semver"), "{in!r}"))
def test_a_version_is_one_exactly_where_blang_parses_it(case: Case) -> None:
    assert (version.parse(case["in"]) is not None) is case["blang_parse"]


@pytest.mark.parametrize(
    "case", named([case for case in section("derived", "semver") if case["blang_parse"]], "{in!r}")
)
def test_a_version_that_blang_parses_is_printed_as_it_was_read(case: Case) -> None:
    assert str(version.parse(case["in"])) == case["in"]


@pytest.mark.parametrize("case", named(section("derived", "microtime"), "{in!r}"))
def test_a_time_is_read_and_written_as_go_does(case: Case) -> None:
    if not case["accepted"]:
        with pytest.raises(ValueError, match="time"):
            MicroTime.parse(case["in"])
        return
    written = TypeAdapter(MicroTime).dump_python(MicroTime.parse(case["in"]))
    assert written == case["re_serialised"]


@pytest.mark.parametrize("case", named(section("derived", "microtime_json_types"), "{json}"))
def test_a_time_of_another_json_type_is_refused_and_null_is_absent(case: Case) -> None:
    text = f'{{"renewTime": {case["json"]}}}'
    if case["accepted"]:
        assert LeaseCandidateSpec.model_validate_json(text).renew_time is None
    else:
        with pytest.raises(ValidationError):
            LeaseCandidateSpec.model_validate_json(text)


@pytest.mark.parametrize("case", named(section("derived", "decode"), "{json}"))
def test_json_is_decoded_as_the_server_decodes_it(case: Case) -> None:
    match case["result"]:
        case str(result) if result.startswith("400"):
            with pytest.raises(ValidationError):
                LeaseCandidate.from_wire(from_json(case["json"]))
        case str(result) if result.startswith("accepted"):
            assert LeaseCandidate.from_wire(from_json(case["json"])) == LeaseCandidate.from_wire(
                {name: {} for name in json.loads(case["json"])}
            )
        case str(result) if result.startswith("duplicate"):
            assert LeaseCandidate.from_wire(from_json(case["json"])).spec.binary_version == "2.0.0"
        case _:
            spec = LeaseCandidate.from_wire(from_json(case["json"])).spec
            assert spec.binary_version == ""
            assert set(spec.model_extra or {}) == set(json.loads(case["json"])["spec"])
