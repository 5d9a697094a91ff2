"""The caBundle of the webhooks, read and written in their webhook configurations."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_global_resource
from lightkube.types import PatchType

from app.cluster.requests import FIELD_MANAGER, api_errors, decoded, is_not_found
from app.pki.stores import WebhookConfiguration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lightkube import AsyncClient
    from lightkube.generic_resource import GenericGlobalResource

_GROUP, _VERSION = "admissionregistration.k8s.io", "v1"
KINDS: Final = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")

API_PATH: Final = f"/apis/{_GROUP}/{_VERSION}"
RESOURCES: Final = tuple(f"{kind.lower()}s" for kind in KINDS)
"""Both kinds of webhook configurations, as they are called in paths below API_PATH."""

WEBHOOKS: Final = ("validate.leasegate.dev", "mutate.leasegate.dev")
"""The names of our webhooks; others in the same configuration are not ours."""

_RESOURCES: Final = {
    kind: create_global_resource(_GROUP, _VERSION, kind, resource)
    for kind, resource in zip(KINDS, RESOURCES, strict=True)
}


class ClusterBundles:
    """A BundleStore: the two configurations called `name`, of which one may be missing.

    Only the caBundle of our webhooks is ever written. That is done by server-side apply, and the
    ownership of the field is given up at once. So all other fields keep their owners, an applied
    manifest without caBundle leaves ours in place, and one with a caBundle causes no conflict
    (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
    """

    def __init__(self, client: AsyncClient, name: str) -> None:
        self._client = client
        self._name = name

    async def read(self) -> Sequence[WebhookConfiguration]:
        """Return those that exist and have one of our webhooks. Raises StoreError."""
        found = [await self._read(kind) for kind in KINDS]
        return [one for one in found if one is not None]

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        """Set caBundle of its webhooks, unless it is no longer at the version that was read.

        This takes two requests, since kube-apiserver makes the writer of a field its owner. If the
        second one fails, the next read returns the configuration with `is_claimed`. Raises
        StoreError, with `CONFLICT` where the configuration was changed meanwhile.
        """
        if not configuration.is_claimed and set(configuration.bundles.values()) == {bundle}:
            return
        encoded = b64encode(bundle).decode("ascii")
        change = {
            "apiVersion": f"{_GROUP}/{_VERSION}",
            "kind": configuration.kind,
            "metadata": {"name": configuration.name, "resourceVersion": configuration.version},
            "webhooks": [
                {"name": name, "clientConfig": {"caBundle": encoded}}
                for name in configuration.bundles
            ],
        }
        async with api_errors(f"cannot publish the caBundle of {self._what(configuration.kind)}"):
            applied = await self._client.patch(
                _RESOURCES[configuration.kind],
                configuration.name,
                change,
                patch_type=PatchType.APPLY,
                field_manager=FIELD_MANAGER,
                force=True,
            )
            await self._disown(configuration.kind, applied)

    async def _disown(self, kind: str, applied: GenericGlobalResource) -> None:
        metadata = applied.metadata
        if metadata is None or not _is_claimed(applied):
            return
        others = [
            entry.to_dict()
            for entry in metadata.managedFields or ()
            if entry.manager != FIELD_MANAGER
        ]
        change = {
            "metadata": {
                "resourceVersion": metadata.resourceVersion,
                # kube-apiserver takes an empty list for that of a client without managedFields, and
                # keeps the stored one.
                "managedFields": others or [{}],
            }
        }
        await self._client.patch(_RESOURCES[kind], self._name, change, patch_type=PatchType.MERGE)

    async def _read(self, kind: str) -> WebhookConfiguration | None:
        async with api_errors(f"cannot read {self._what(kind)}"):
            try:
                found = await self._client.get(_RESOURCES[kind], self._name)
            except ApiError as error:
                if is_not_found(error):
                    return None
                raise
            bundles = _bundles(found)
            metadata = found.metadata
            if not bundles or metadata is None:
                return None
            return WebhookConfiguration(
                kind,
                self._name,
                metadata.resourceVersion or "",
                bundles,
                f"{metadata.uid}/{metadata.generation}",
                _is_claimed(found),
            )

    def _what(self, kind: str) -> str:
        return f"the {kind} {self._name}"


def _bundles(found: GenericGlobalResource) -> dict[str, bytes]:
    bundles = {}
    for webhook in found.get("webhooks") or []:
        if webhook.get("name") in WEBHOOKS:
            value = (webhook.get("clientConfig") or {}).get("caBundle") or ""
            bundles[webhook["name"]] = decoded(value)
    return bundles


def _is_claimed(found: GenericGlobalResource) -> bool:
    entries = (found.metadata.managedFields if found.metadata else None) or ()
    return any(entry.manager == FIELD_MANAGER for entry in entries)
