"""A BundleStore that tells with each look whether the bundles verify what is served."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.pki.live_bundles import unverified
from app.pki.stores import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.pki.keypair import KeyPair
    from app.pki.stores import BundleStore, WebhookConfiguration


class ObservedBundles:
    """Calls `tell` with the webhooks by name, and whether each caBundle verifies what is `serving`.

    Of a webhook that is not among them, that is not known.
    """

    def __init__(
        self,
        bundles: BundleStore,
        serving: Callable[[], KeyPair | None],
        name: str,
        tell: Callable[[Mapping[str, bool]], None],
    ) -> None:
        self._bundles = bundles
        self._serving = serving
        self._name = name
        self._tell = tell

    async def read(self) -> Sequence[WebhookConfiguration]:
        """Return those that exist. Raises StoreError."""
        try:
            found = await self._bundles.read()
        except StoreError:
            self._tell({})
            raise
        self._tell(self._verified(found))
        return found

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        """Do what the store does."""
        await self._bundles.publish(configuration, bundle)

    def _verified(self, found: Sequence[WebhookConfiguration]) -> dict[str, bool]:
        pair = self._serving()
        if pair is None:
            return {}
        wrong = unverified(pair, found, name=self._name, now=datetime.now(UTC))
        return {webhook: webhook not in wrong for one in found for webhook in one.bundles}
