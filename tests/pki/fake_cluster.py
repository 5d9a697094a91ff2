"""A fake of what the cluster keeps, in memory, for errors that a real API server gives at will."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.pki.stores import StoredSecret, StoreError, StoreProblem, WebhookConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass
class FakeSecret:
    """A SecretStore; `errors` are raised first, one with each write."""

    data: dict[str, bytes] = field(default_factory=dict)
    version: int = 0
    errors: list[Exception] = field(default_factory=list)
    writes: int = 0

    async def read(self) -> StoredSecret:
        return StoredSecret(dict(self.data), str(self.version) if self.version else "")

    async def write(self, data: Mapping[str, bytes], version: str) -> StoredSecret:
        if self.errors:
            raise self.errors.pop(0)
        self.put(data, version)
        return await self.read()

    def put(self, data: Mapping[str, bytes], version: str) -> None:
        """Set these values; a StoreError where the Secret is at another version."""
        if version != (str(self.version) if self.version else ""):
            raise StoreError(StoreProblem.CONFLICT, "somebody was faster")
        self.data.update(data)
        self.version += 1
        self.writes += 1


@dataclass
class FakeBundles:
    """A BundleStore; `errors` are raised first, one with each look."""

    bundles: dict[str, bytes] = field(default_factory=lambda: {"Validating": b"", "Mutating": b""})
    claimed: set[str] = field(default_factory=set)
    errors: list[Exception] = field(default_factory=list)
    published: int = 0
    reads: int = 0

    async def read(self) -> Sequence[WebhookConfiguration]:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        return [
            WebhookConfiguration(
                kind, "leasegate", "1", {"webhook": bundle}, str(hash(bundle)), kind in self.claimed
            )
            for kind, bundle in self.bundles.items()
        ]

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        self.bundles[configuration.kind] = bundle
        self.claimed.discard(configuration.kind)
        self.published += 1
