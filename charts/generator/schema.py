"""values.schema.json: strict, from the defaults in values.yaml and what they may be besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.leasecandidate.rules import ADDED_RULES, RulesConfiguration
from charts.generator.refinements import REFINED

if TYPE_CHECKING:
    from charts.generator.process import Schema


class UnknownPathError(LookupError):
    """A refinement of a value that values.yaml does not have."""


def values_schema(values: dict[str, object], descriptions: dict[str, str]) -> Schema:
    """Return the schema; `descriptions` are the comments of values.yaml by dotted path."""
    used: set[str] = set()
    rules = _rules_schema()
    definitions = rules.pop("$defs")
    assert isinstance(definitions, dict)  # noqa: S101  tells mypy

    def describe(path: str, value: object) -> Schema:
        text: Schema = {"description": descriptions[path]} if path in descriptions else {}
        if path == "config.rules":
            return text | _moved(rules)
        if path in REFINED:
            used.add(path)
            return text | REFINED[path]
        match value:
            case dict():
                properties = {
                    key: describe(f"{path}.{key}".lstrip("."), item) for key, item in value.items()
                }
                return text | {
                    "type": "object",
                    "additionalProperties": False,
                    # What Helm removes because it was set to null would be missing in templates.
                    "required": [
                        key for key, part in properties.items() if "null" not in _types(part)
                    ],
                    "properties": properties,
                }
            case bool():
                return text | {"type": "boolean"}
            case int():
                return text | {"type": "integer"}
            case str():
                return text | {"type": "string"}
            case _:
                raise UnknownPathError(f"{path} has no type; refine it in refinements.py")

    schema = describe("", values)
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101  tells mypy
    # A chart that this one is a part of may switch it on and off by these; Helm hands them over.
    properties["enabled"] = {"type": "boolean"}
    properties["tags"] = {"type": "object", "additionalProperties": {"type": "boolean"}}
    if unknown := REFINED.keys() - used:
        raise UnknownPathError(f"values.yaml has no {', '.join(sorted(unknown))}")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the leasegate chart",
        **schema,
        "definitions": _moved(definitions),
    }


def _types(schema: Schema) -> list[object]:
    """Return the types that a schema lists; none where it names one or has other words."""
    types = schema.get("type")
    return types if isinstance(types, list) else []


def _rules_schema() -> dict[str, Any]:
    """Return the schema of `config.rules`, with what only validators of the model know."""
    schema = RulesConfiguration.model_json_schema()
    ids: Schema = {"enum": [rule.id for rule in ADDED_RULES]}
    schema["properties"]["actions"]["propertyNames"] = ids
    exemption = schema["$defs"]["Exemption"]
    exemption["properties"]["rules"]["items"] = ids
    exemption["anyOf"] = [
        {"required": [name], "properties": {name: {"minItems": 1}}}
        for name in ("namespaces", "users", "groups")
    ]
    return schema


def _moved(schema: Schema) -> Schema:
    """Let references point to where draft-07 keeps definitions."""

    def move(part: object) -> object:
        match part:
            case {"$ref": str(reference), **others}:
                return {"$ref": reference.replace("#/$defs/", "#/definitions/"), **others}
            case dict():
                return {key: move(item) for key, item in part.items()}
            case list():
                return [move(item) for item in part]
            case _:
                return part

    moved = move(schema)
    assert isinstance(moved, dict)  # noqa: S101  tells mypy
    return moved
