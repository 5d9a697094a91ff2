"""What values of the chart may be where their defaults do not say it: a schema by dotted path."""

from __future__ import annotations

from typing import Final

from charts.generator.process import Schema, owned_flags, owned_variables, process_schema

_PORT: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 65535}
# Ports below need a capability, and the pods drop all of them.
_POD_PORT: Final[Schema] = {"type": "integer", "minimum": 1024, "maximum": 65535}
_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_DNS_LABEL: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DNS_NAME: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_NAMES: Final[Schema] = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{_DNS_LABEL}$"},
    "uniqueItems": True,
}
_OBJECT_NAME: Final[Schema] = {"type": "string", "pattern": f"^({_DNS_NAME})?$", "maxLength": 253}
_NAME_PART: Final[Schema] = {"type": "string", "pattern": f"^({_DNS_LABEL})?$"}
_MAPS: Final[Schema] = {"type": "array", "items": {"type": "object"}}
_MAP: Final[Schema] = {"type": "object"}
# A key that stands twice is no YAML, so the templates' own ones are not for others.
_OWN_KEYS: Final[Schema] = {
    "not": {"pattern": "^(app[.]kubernetes[.]io|helm[.]sh|leasegate[.]dev)/"}
}
_QUALIFIED: Final = f"({_DNS_NAME}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?"
_LABEL_VALUE: Final[Schema] = {
    "type": "string",
    "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$",
}
_NODE_LABELS: Final[Schema] = {
    "type": "object",
    "propertyNames": {"pattern": f"^{_QUALIFIED}$"},
    "additionalProperties": _LABEL_VALUE,
}
_LABELS: Final[Schema] = _NODE_LABELS | {
    "propertyNames": {"pattern": f"^{_QUALIFIED}$"} | _OWN_KEYS
}
_ANNOTATIONS: Final[Schema] = _LABELS | {"additionalProperties": {"type": "string"}}
_DURATION: Final[Schema] = {"type": "string", "pattern": "^([0-9]+(h|m|s))+$"}
# What Kubernetes has a schema for; what is null in it is left out, and so is all of it.
_CONTEXT: Final[Schema] = {"type": ["object", "null"]}
_SECONDS: Final[Schema] = {"type": ["integer", "null"], "minimum": 1}
_PROBE: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "initialDelaySeconds": {"type": ["integer", "null"], "minimum": 0},
        "periodSeconds": _SECONDS,
        "timeoutSeconds": _SECONDS,
        "failureThreshold": _SECONDS,
    },
}
_HOURS: Final[Schema] = {"type": "string", "pattern": "^[1-9][0-9]{0,5}h$"}

_PEM: Final[Schema] = {
    "type": "string",
    "pattern": "^$|-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----",
}


def _objects_with(**properties: Schema) -> Schema:
    """Return the schema of a list of objects with these properties and any others."""
    item = {"type": "object", "required": [*properties], "properties": properties}
    return {"type": "array", "items": item}


REFINED: Final[dict[str, Schema]] = {
    "affinity": _MAP,
    "certificates.certManager.duration": _HOURS,
    "certificates.certManager.issuerRef": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"kind": _TEXT, "name": _TEXT, "group": _TEXT},
        "anyOf": [{"maxProperties": 0}, {"required": ["name"]}],
    },
    "certificates.certManager.renewBefore": _HOURS,
    "certificates.existing.caBundle": _PEM,
    "certificates.existing.secretName": _OBJECT_NAME,
    "certificates.mode": {"enum": ["self", "certManager", "existing"]},
    "clientCertificates.caBundle": _PEM,
    "clientCertificates.names": {"type": "array", "items": _TEXT},
    "commonLabels": _LABELS,
    "config.process": process_schema(),
    "deploymentAnnotations": _ANNOTATIONS,
    "dnsConfig": _MAP,
    "dnsPolicy": {"enum": ["", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]},
    "extraArgs": {
        "type": "array",
        "items": {"type": "string", "pattern": "^--", "not": {"pattern": owned_flags()}},
    },
    "extraEnv": _objects_with(
        name={
            "type": "string",
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "not": {"enum": owned_variables()},
        }
    ),
    "extraObjects": _MAPS,
    "extraVolumeMounts": _objects_with(
        name=_TEXT,
        # Below these the chart mounts what is its own.
        mountPath={"type": "string", "not": {"pattern": "^(/etc/leasegate|/tmp)(/|$)"}},
    ),
    "extraVolumes": _objects_with(
        name={
            "type": "string",
            "pattern": f"^{_DNS_LABEL}$",
            "not": {"enum": ["config", "tls", "token", "tmp"]},
        }
    ),
    "fullnameOverride": _NAME_PART,
    # Others of its values belong to other charts.
    "global": {
        "type": "object",
        "properties": {
            "imageRegistry": {
                "type": "string",
                "pattern": "^([A-Za-z0-9]([-A-Za-z0-9._/:]*[A-Za-z0-9/])?)?$",
            }
        },
    },
    "hostUsers": {"type": ["boolean", "null"]},
    "image.digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.repository": {
        "type": "string",
        "pattern": "^[A-Za-z0-9]([-A-Za-z0-9._/:]*[A-Za-z0-9])?$",
    },
    "image.tag": {"type": "string", "pattern": "^([A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?$"},
    "imagePullSecrets": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": _TEXT},
        },
    },
    "monitoring.dashboard.annotations": _ANNOTATIONS,
    "monitoring.dashboard.labels": _LABELS,
    "monitoring.dashboard.namespace": _NAME_PART,
    "monitoring.podMonitor.interval": _DURATION,
    "monitoring.podMonitor.labels": _LABELS,
    "monitoring.podMonitor.metricRelabelings": _MAPS,
    "monitoring.podMonitor.namespace": _NAME_PART,
    "monitoring.podMonitor.relabelings": _MAPS,
    "monitoring.prometheusRule.labels": _LABELS,
    "monitoring.prometheusRule.namespace": _NAME_PART,
    "monitoring.serviceMonitor.interval": _DURATION,
    "monitoring.serviceMonitor.labels": _LABELS,
    "monitoring.serviceMonitor.metricRelabelings": _MAPS,
    "monitoring.serviceMonitor.namespace": _NAME_PART,
    "monitoring.serviceMonitor.relabelings": _MAPS,
    "nameOverride": _NAME_PART,
    "networkPolicy.egress": _MAPS,
    "networkPolicy.operationsFrom": _MAPS,
    "nodeSelector": _NODE_LABELS,
    "operationsPort": _POD_PORT,
    "podAnnotations": _ANNOTATIONS,
    "podDisruptionBudget.maxUnavailable": {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": "^[1-9][0-9]?%$"},
        ]
    },
    "podLabels": _LABELS,
    "podSecurityContext": _CONTEXT,
    "policies.excludedNamespaces": _NAMES,
    "policies.namespaces": _NAMES,
    "policies.rules.profile": {"enum": ["observe", "recommended", "strict"]},
    "port": _POD_PORT,
    "priorityClassName": _OBJECT_NAME,
    "probes.liveness": _PROBE,
    "probes.readiness": _PROBE,
    "probes.startup": _PROBE,
    "replicaCount": {"type": "integer", "minimum": 1},
    "resources": _MAP,
    "runtimeClassName": _OBJECT_NAME,
    "securityContext": _CONTEXT,
    "service.annotations": _ANNOTATIONS,
    "service.ipFamilies": {
        "type": "array",
        "items": {"enum": ["IPv4", "IPv6"]},
        "uniqueItems": True,
        "maxItems": 2,
    },
    "service.ipFamilyPolicy": {"enum": ["", "SingleStack", "PreferDualStack", "RequireDualStack"]},
    "service.port": _PORT,
    "service.trafficDistribution": {
        "enum": ["", "PreferClose", "PreferSameZone", "PreferSameNode"]
    },
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "serviceAccount.annotations": _ANNOTATIONS,
    "serviceAccount.name": _OBJECT_NAME,
    "terminationGracePeriodSeconds": {"type": "integer", "minimum": 1},
    "test.namespace": _NAME_PART,
    "tolerations": _MAPS,
    "topologySpreadConstraints": _MAPS,
    "updateStrategy": _MAP,
    "webhooks.annotations": _ANNOTATIONS,
    "webhooks.excludedNamespaces": _NAMES,
    "webhooks.failurePolicy": {"enum": ["Ignore", "Fail"]},
    "webhooks.matchConditions": {
        "type": "array",
        "maxItems": 63,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "expression"],
            "properties": {
                "name": {"type": "string", "pattern": f"^{_QUALIFIED}$"},
                "expression": _TEXT,
            },
        },
    },
    "webhooks.namespaceSelectorExpressions": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["key", "operator"],
            "properties": {
                "key": {"type": "string", "pattern": f"^{_QUALIFIED}$"},
                "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
                "values": {"type": "array", "items": _LABEL_VALUE},
            },
        },
    },
    "webhooks.timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 10},
    "webhooks.url": {
        "type": "string",
        "pattern": "^(https://([-A-Za-z0-9.]+|\\[[0-9A-Fa-f:]+\\])(:[0-9]{1,5})?/?)?$",
    },
}
