"""The JSON Schema of a manifest of a LeaseCandidate, for editors and CI.

It says what a client may write: more is required than the model needs to read an object, and what
kubectl's strict field validation refuses, an unknown field, is refused.
"""

from __future__ import annotations

from typing import Any, Final

from app.leasecandidate.spec import (
    GROUP,
    KIND,
    OLDEST_EMULATION_VERSION,
    VERSIONS,
    LeaseCandidate,
)

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# Of semver.org; kube-apiserver takes the same.
_NUMBER: Final = "(0|[1-9][0-9]*)"
_IDENTIFIER: Final = f"({_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION: Final = (
    rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_IDENTIFIER}(\.{_IDENTIFIER})*)?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$"
)
_MICRO_TIME: Final = r"\.[0-9]{6}(Z|[-+][0-9]{2}:[0-9]{2})$"
_OLDEST: Final = {"properties": {"strategy": {"const": OLDEST_EMULATION_VERSION}}}


def manifest_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12)."""
    schema: dict[str, Any] = LeaseCandidate.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for each in (schema, *definitions.values()):
        _describe(each)
    spec, metadata = definitions["LeaseCandidateSpec"], definitions["ObjectMeta"]
    schema["properties"]["apiVersion"] |= {"enum": [f"{GROUP}/{each}" for each in VERSIONS]}
    schema["properties"]["kind"] |= {"const": KIND}
    schema["required"] = ["apiVersion", "kind", "metadata", "spec"]
    metadata["anyOf"] = [{"required": ["name"]}, {"required": ["generateName"]}]
    spec["required"] = ["leaseName", "binaryVersion", "strategy"]
    spec |= {"if": _OLDEST, "then": {"required": ["emulationVersion"]}}
    fields = spec["properties"]
    fields["leaseName"] |= {"minLength": 1}
    fields["binaryVersion"] |= {"pattern": _VERSION}
    fields["emulationVersion"] |= {"pattern": _VERSION}
    fields["strategy"] |= {"pattern": f"^({OLDEST_EMULATION_VERSION}|[^/]+/[^/]+)$"}
    for name in ("pingTime", "renewTime"):
        fields[name]["anyOf"][0] |= {"pattern": _MICRO_TIME}
    return {"$schema": _DIALECT, **schema}


def _describe(part: dict[str, Any]) -> None:
    """Drop pydantic's titles and defaults, and forbid unknown fields."""
    part.pop("title", None)
    part["description"] = part.get("description", "").partition("\n\n")[0].replace("\n", " ")
    fields = part.get("properties")
    # Entries of managedFields have whatever the server writes.
    part["additionalProperties"] = not fields
    for each in (fields or {}).values():
        each.pop("title", None)
        each.pop("default", None)
