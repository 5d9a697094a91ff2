"""The Secret with the certificates: read, and written by compare-and-swap."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_namespaced_resource
from lightkube.types import PatchType

from app.cluster.requests import FIELD_MANAGER, api_errors, decoded, is_not_found
from app.pki.stores import StoredSecret, StoreError, StoreProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightkube import AsyncClient
    from lightkube.generic_resource import GenericNamespacedResource


_SECRET: Final = create_namespaced_resource("", "v1", "Secret", "secrets")


class ClusterSecret:
    """A SecretStore: the Secret `name` in `namespace`.

    Where it does not exist, server-side apply creates an empty one. Only for that request does
    kube-apiserver check the right to `create` by name (apiserver pkg/endpoints/handlers/patch.go),
    so a Role with resourceNames is enough; a second one changes nothing. The values are then set by
    a merge patch with the resourceVersion that was read.
    """

    def __init__(self, client: AsyncClient, namespace: str, name: str) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._what = f"the Secret {namespace}/{name}"

    async def read(self) -> StoredSecret:
        """Return what it holds; nothing where it does not exist. Raises StoreError."""
        async with api_errors(f"cannot read {self._what}"):
            try:
                found = await self._client.get(_SECRET, self._name, namespace=self._namespace)
            except ApiError as error:
                if is_not_found(error):
                    return StoredSecret()
                raise
            return _stored(found)

    async def write(self, data: Mapping[str, bytes], version: str) -> StoredSecret:
        """Set these values, unless the Secret is no longer at `version`; return what is there then.

        Raises StoreError, with `CONFLICT` where the Secret was changed meanwhile.
        """
        if not version:
            version = await self._create()
        values = {key: b64encode(value).decode("ascii") for key, value in data.items()}
        change: dict[str, object] = {"metadata": {"resourceVersion": version}, "data": values}
        async with api_errors(f"cannot write {self._what}"):
            return _stored(await self._patch(change, PatchType.MERGE))

    async def _create(self) -> str:
        empty: dict[str, object] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "type": "Opaque",
        }
        async with api_errors(f"cannot create {self._what}"):
            stored = _stored(await self._patch(empty, PatchType.APPLY))
        if stored.data:
            raise StoreError(StoreProblem.CONFLICT, f"{self._what} was just made by somebody else")
        return stored.version

    async def _patch(self, change: dict[str, object], kind: PatchType) -> GenericNamespacedResource:
        patched: GenericNamespacedResource = await self._client.patch(
            _SECRET,
            self._name,
            change,
            namespace=self._namespace,
            patch_type=kind,
            field_manager=FIELD_MANAGER,
        )
        return patched


def _stored(found: GenericNamespacedResource) -> StoredSecret:
    values = found.get("data") or {}
    version = (found.metadata.resourceVersion if found.metadata else None) or ""
    return StoredSecret({str(key): decoded(value) for key, value in values.items()}, version)
