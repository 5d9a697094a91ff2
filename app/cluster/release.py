"""Finds the names of an installation's objects by the label that the chart gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2

from app.cluster.webhook_configurations import API_PATH, RESOURCES, WEBHOOKS
from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL: Final = "app.kubernetes.io/part-of=leasegate"


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """Where an installation is: the Service's namespace and name, and the registration's name."""

    namespace: str
    service: str
    webhook_configuration: str

    @property
    def secret(self) -> str:
        """The name of the Secret of self-managed certificates."""
        return f"{self.service}-tls"

    def __str__(self) -> str:
        """Return the flags that choose it."""
        return f"-n {self.namespace} --service-name {self.service}"


def find_release(client: httpx2.Client, namespace: str | None) -> Release | None:
    """Return the only installation, of this namespace or of all; None where none is found.

    None is found either without the right to list webhook configurations, or without a connection.
    Raises LeasegateError where there are several.
    """
    found = {release for resource in RESOURCES for release in _registered(client, resource)}
    matching = sorted(one for one in found if namespace in (None, one.namespace))
    if len(matching) > 1:
        raise LeasegateError(
            f"there are {len(matching)} installations; choose one: "
            f"{'; '.join(map(str, matching))}, each with its --secret-name and "
            "--webhook-configuration"
        )
    return next(iter(matching), None)


def _registered(client: httpx2.Client, resource: str) -> Iterator[Release]:
    try:
        answer = client.get(f"{API_PATH}/{resource}", params={"labelSelector": _LABEL})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return  # the request that reads the objects next reports what is wrong
    for item in items:
        for webhook in item.get("webhooks") or ():
            service = (webhook.get("clientConfig") or {}).get("service")
            if webhook.get("name") in WEBHOOKS and service:
                yield Release(service["namespace"], service["name"], item["metadata"]["name"])
