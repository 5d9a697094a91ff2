"""Whether the caBundle that kube-apiserver has now verifies what is served."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from app.cluster.stores import StoreError
from app.pki.bundle import verify
from app.pki.errors import CertificateError
from app.pki.secret_state import read_authorities

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.cluster.stores import BundleStore, WebhookConfiguration
    from app.pki.keypair import KeyPair

_VERIFIES: Final = "the live caBundle verifies it"

_logger = structlog.stdlib.get_logger(__name__)


def unverified(
    pair: KeyPair, configurations: Sequence[WebhookConfiguration], *, name: str, now: datetime
) -> dict[str, str]:
    """Return why webhooks do not verify the pair under `name`, by their names; the others do."""
    found: dict[str, str] = {}
    for configuration in configurations:
        for webhook, pem in configuration.bundles.items():
            authorities = list(read_authorities(pem).values())
            if not authorities:
                found[webhook] = "its caBundle holds no CA certificate"
                continue
            try:
                verify(pair, authorities, name=name, now=now)
            except CertificateError as error:
                found[webhook] = error.problem
    return found


class LiveBundleCheck:
    """Looks now and then whether the webhooks' caBundles verify what is served; `note` says it.

    The right to read the configurations is optional: without it the note says that.
    """

    def __init__(
        self, bundles: BundleStore, serving: Callable[[], KeyPair | None], name: str
    ) -> None:
        self._bundles = bundles
        self._serving = serving
        self._name = name
        self.note = ""

    async def run(self, seconds: float) -> None:
        """Look every `seconds`, for ever."""
        while True:
            note = await self._look()
            if note != self.note:
                log = _logger.info if note == _VERIFIES else _logger.warning
                log("caBundle", detail=note)
            self.note = note
            await asyncio.sleep(seconds)

    async def _look(self) -> str:
        pair = self._serving()
        if pair is None:
            return ""
        try:
            configurations = await self._bundles.read()
        except StoreError as error:
            return f"whether the live caBundle verifies it is not known: {error}"
        if not configurations:
            return "there is no webhook configuration whose caBundle could verify it"
        wrong = unverified(pair, configurations, name=self._name, now=datetime.now(UTC))
        if not wrong:
            return _VERIFIES
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(wrong.items()))
        return f"the live caBundle does not verify it ({reasons})"
