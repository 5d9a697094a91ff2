"""A BundleStore that reports with each read whether the bundles verify what is served."""

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
    """Calls `report` with each webhook's name and whether its caBundle verifies what is `serving`.

    Webhooks of which that is not known are left out.
    """

    def __init__(
        self,
        bundles: BundleStore,
        serving: Callable[[], KeyPair | None],
        name: str,
        report: Callable[[Mapping[str, bool]], None],
    ) -> None:
        self._bundles = bundles
        self._serving = serving
        self._name = name
        self._report = report

    async def read(self) -> Sequence[WebhookConfiguration]:
        """Return those that exist. Raises StoreError."""
        try:
            found = await self._bundles.read()
        except StoreError:
            self._report({})
            raise
        self._report(self._verified(found))
        return found

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        """Publish to the store."""
        await self._bundles.publish(configuration, bundle)

    def _verified(self, found: Sequence[WebhookConfiguration]) -> dict[str, bool]:
        pair = self._serving()
        if pair is None:
            return {}
        wrong = unverified(pair, found, name=self._name, now=datetime.now(UTC))
        return {webhook: webhook not in wrong for one in found for webhook in one.bundles}
