"""values.schema.json: strict, from the defaults in values.yaml and what they may be besides."""

from __future__ import annotations

from typing import Final

from app.leasecandidate.rules import RulesConfiguration

Schema = dict[str, object]

_PORT: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 65535}
_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_NAMES: Final[Schema] = {"type": "array", "items": _TEXT, "uniqueItems": True}
_MAPS: Final[Schema] = {"type": "array", "items": {"type": "object"}}
_MAP: Final[Schema] = {"type": "object"}
_STRINGS: Final[Schema] = {"type": "object", "additionalProperties": {"type": "string"}}
_DURATION: Final[Schema] = {"type": "string", "pattern": "^([0-9]+(h|m|s))+$"}

_REFINED: Final[dict[str, Schema]] = {
    "affinity": _MAP,
    "certificates.certManager.duration": _DURATION,
    "certificates.certManager.issuerRef": _MAP,
    "certificates.certManager.renewBefore": _DURATION,
    "certificates.mode": {"enum": ["self", "certManager", "existing"]},
    "commonLabels": _STRINGS,
    "config.process": {
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean", "array"]},
    },
    "extraArgs": {"type": "array", "items": {"type": "string"}},
    "extraEnv": _MAPS,
    "extraObjects": _MAPS,
    "hostUsers": {"type": ["boolean", "null"]},
    "image.digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.repository": _TEXT,
    "imagePullSecrets": _MAPS,
    "monitoring.dashboard.labels": _STRINGS,
    "monitoring.podMonitor.interval": _DURATION,
    "monitoring.podMonitor.labels": _STRINGS,
    "monitoring.prometheusRule.labels": _STRINGS,
    "monitoring.serviceMonitor.interval": _DURATION,
    "monitoring.serviceMonitor.labels": _STRINGS,
    "networkPolicy.operationsFrom": _MAPS,
    "nodeSelector": _STRINGS,
    "operationsPort": _PORT,
    "podAnnotations": _STRINGS,
    "podDisruptionBudget.maxUnavailable": {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": "^[1-9][0-9]?%$"},
        ]
    },
    "podLabels": _STRINGS,
    "policies.excludedNamespaces": _NAMES,
    "policies.namespaces": _NAMES,
    "policies.rules.profile": {"enum": ["observe", "recommended", "strict"]},
    "port": _PORT,
    "replicaCount": {"type": "integer", "minimum": 1},
    "resources": _MAP,
    "service.annotations": _STRINGS,
    "service.ipFamilies": {
        "type": "array",
        "items": {"enum": ["IPv4", "IPv6"]},
        "uniqueItems": True,
        "maxItems": 2,
    },
    "service.ipFamilyPolicy": {"enum": ["", "SingleStack", "PreferDualStack", "RequireDualStack"]},
    "service.port": _PORT,
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "serviceAccount.annotations": _STRINGS,
    "terminationGracePeriodSeconds": {"type": "integer", "minimum": 1},
    "tolerations": _MAPS,
    "topologySpreadConstraints": _MAPS,
    "webhooks.excludedNamespaces": _NAMES,
    "webhooks.failurePolicy": {"enum": ["Ignore", "Fail"]},
    "webhooks.matchConditions": {
        "type": "array",
        "maxItems": 63,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "expression"],
            "properties": {"name": _TEXT, "expression": _TEXT},
        },
    },
    "webhooks.namespaceSelectorExpressions": _MAPS,
    "webhooks.timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 10},
}


class UnknownPathError(LookupError):
    """A refinement of a value that values.yaml does not have."""


def values_schema(values: dict[str, object], descriptions: dict[str, str]) -> Schema:
    """Return the schema; `descriptions` are the comments of values.yaml by dotted path."""
    used: set[str] = set()
    rules = RulesConfiguration.model_json_schema()
    definitions = rules.pop("$defs")

    def describe(path: str, value: object) -> Schema:
        text: Schema = {"description": descriptions[path]} if path in descriptions else {}
        if path == "config.rules":
            return text | _moved(rules)
        if path in _REFINED:
            used.add(path)
            return text | _REFINED[path]
        match value:
            case dict():
                properties = {
                    key: describe(f"{path}.{key}".lstrip("."), item) for key, item in value.items()
                }
                return text | {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": properties,
                }
            case bool():
                return text | {"type": "boolean"}
            case int():
                return text | {"type": "integer"}
            case str():
                return text | {"type": "string"}
            case _:
                raise UnknownPathError(f"{path} has no type; refine it in schema.py")

    schema = describe("", values)
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101  tells mypy
    # Helm gives these to every chart that is a part of another one.
    properties["global"] = {"type": "object"}
    if unknown := _REFINED.keys() - used:
        raise UnknownPathError(f"values.yaml has no {', '.join(sorted(unknown))}")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the leasegate chart",
        **schema,
        "definitions": _moved(definitions),
    }


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
