"""The webhook configurations, as the chart has them but for what a test asks for."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.leasecandidate.spec import GROUP, RESOURCE, VERSIONS

from .service import PORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx2

    from .service import Service

_PATH: Final = "/apis/admissionregistration.k8s.io/v1"
_KINDS: Final = {
    "mutate": "MutatingWebhookConfiguration",
    "validate": "ValidatingWebhookConfiguration",
}
NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Registration:
    """For which namespaces and API versions, and what happens without an answer."""

    namespaces: Sequence[str]
    versions: Sequence[str] = VERSIONS
    match_policy: str = "Equivalent"
    failure_policy: str = "Fail"
    timeout_seconds: int = 10

    def configuration(self, endpoint: str, service: Service) -> dict[str, Any]:
        """Return the object that registers /mutate or /validate."""
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": _KINDS[endpoint],
            "metadata": {"name": f"{endpoint}.{self.namespaces[0]}"},
            "webhooks": [
                {
                    "name": f"{endpoint}.leasegate.dev",
                    "clientConfig": {
                        "service": {
                            "name": service.name,
                            "namespace": service.namespace,
                            "port": PORT,
                            "path": f"/{endpoint}",
                        },
                        "caBundle": base64.b64encode(service.authority).decode(),
                    },
                    "rules": [
                        {
                            "apiGroups": [GROUP],
                            "apiVersions": list(self.versions),
                            "resources": [RESOURCE],
                            "operations": ["CREATE", "UPDATE"],
                            "scope": "Namespaced",
                        }
                    ],
                    "matchPolicy": self.match_policy,
                    "namespaceSelector": {
                        "matchExpressions": [
                            {
                                "key": NAMESPACE_LABEL,
                                "operator": "In",
                                "values": list(self.namespaces),
                            }
                        ]
                    },
                    "sideEffects": "None",
                    "failurePolicy": self.failure_policy,
                    "timeoutSeconds": self.timeout_seconds,
                    "admissionReviewVersions": ["v1", "v1beta1"],
                }
            ],
        }


@contextmanager
def registered(api: httpx2.Client, registration: Registration, service: Service) -> Iterator[None]:
    """Register both endpoints; the server may take a second to call them, or to stop it."""
    made: list[str] = []
    try:
        for endpoint, kind in _KINDS.items():
            configuration = registration.configuration(endpoint, service)
            api.post(f"{_PATH}/{kind.lower()}s", json=configuration).raise_for_status()
            made.append(f"{_PATH}/{kind.lower()}s/{configuration['metadata']['name']}")
        yield
    finally:
        for path in made:
            api.delete(path).raise_for_status()
