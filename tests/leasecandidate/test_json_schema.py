"""The JSON Schema is one, and a public validator says by it what kube-apiserver would say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from app.check.documents import chunks, trees
from app.leasecandidate.json_schema import manifest_schema
from tests.check.manifests import manifest

if TYPE_CHECKING:
    from pathlib import Path

VALIDATOR = jsonschema_rs.Draft202012Validator(manifest_schema(), validate_formats=True)


def without(part: str, name: str) -> dict[str, Any]:
    found = manifest()
    del found[part][name]
    return found


def values(path: Path) -> list[object]:
    with path.open("rb") as stream:
        return [tree.value for chunk in chunks(stream) for tree in trees(chunk.text())]


def problems(value: object) -> list[str]:
    return ["/".join(map(str, error.instance_path)) for error in VALIDATOR.iter_errors(value)]


def test_it_is_a_schema_of_the_dialect_that_it_names() -> None:
    schema = manifest_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def test_every_field_is_described_and_has_no_name_of_a_class() -> None:
    schema = manifest_schema()
    for part in (schema, *schema["$defs"].values()):
        assert part["description"]
        assert "title" not in part
        for field in part.get("properties", {}).values():
            assert field["description"]


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        pytest.param(manifest(), [], id="a good one"),
        pytest.param(manifest(version="v1alpha2"), [], id="the other version"),
        pytest.param(manifest(version="v1alpha1"), ["apiVersion"], id="a version of the past"),
        pytest.param(manifest() | {"kind": "Lease"}, ["kind"], id="another kind"),
        pytest.param(manifest() | {"status": {}}, [""], id="an unknown part"),
        pytest.param(manifest(leasename="x"), ["spec"], id="an unknown field"),
        pytest.param(without("metadata", "name"), ["metadata"], id="no name"),
        pytest.param(
            manifest() | {"metadata": {"generateName": "a-"}}, [], id="a name to be generated"
        ),
        pytest.param(
            manifest() | {"metadata": {"name": "a", "managedFields": [{"manager": "kubectl"}]}},
            [],
            id="what the server writes",
        ),
        pytest.param(
            manifest() | {"metadata": {"name": "a", "labels": {"a": 1}}},
            ["metadata/labels/a"],
            id="a label that is a number",
        ),
        *(
            pytest.param(without("spec", name), ["spec"], id=f"no {name}")
            for name in ("leaseName", "binaryVersion", "strategy", "emulationVersion")
        ),
        pytest.param(
            manifest(strategy="example.com/x", emulationVersion=None), [], id="another strategy"
        ),
        pytest.param(manifest(strategy="x"), ["spec/strategy"], id="a strategy without a slash"),
        pytest.param(manifest(binaryVersion=1.33), ["spec/binaryVersion"], id="a number"),
        pytest.param(manifest(binaryVersion="v1.33.0"), ["spec/binaryVersion"], id="a v"),
        pytest.param(manifest(binaryVersion="1.33.0-a.1+b"), [], id="a pre-release"),
        pytest.param(manifest(renewTime=None), [], id="no time"),
        pytest.param(
            manifest(renewTime="2026-03-01T12:00:00Z"), ["spec/renewTime"], id="no fraction"
        ),
        pytest.param(
            manifest(renewTime="2026-13-01T12:00:00.000000Z"), ["spec/renewTime"], id="no time"
        ),
    ],
)
def test_a_manifest_is_what_the_schema_says(value: dict[str, Any], wrong: list[str]) -> None:
    assert problems(value) == wrong


def test_the_examples_are_good_but_for_those_that_show_otherwise(root: Path) -> None:
    found = {
        path.name: [each for value in values(path) for each in problems(value)]
        for path in sorted((root / "examples" / "manifests").glob("*.yaml"))
    }
    assert {name: paths for name, paths in found.items() if paths} == {
        "leading-v.yaml": ["spec/binaryVersion", "spec/emulationVersion"],
        "unquoted.yaml": ["spec/binaryVersion", "spec/emulationVersion"],
    }
