"""Whether the caBundle that kube-apiserver has now verifies what is served."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from app.pki.bundle import has_issued, verify
from app.pki.errors import CertificateError
from app.pki.pem import Pem, parse_certificates
from app.pki.secret_state import read_authorities
from app.pki.stores import StoreError
from app.pki.subject_names import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.pki.keypair import KeyPair
    from app.pki.stores import BundleStore, WebhookConfiguration

_VERIFIES: Final = "the live caBundle verifies it"
_SOON_SECONDS: Final = 2.0
"""The interval while no caBundle verifies the certificate, so that a repair is noticed soon."""

_logger = structlog.stdlib.get_logger(__name__)


def unverified(
    pair: KeyPair, configurations: Sequence[WebhookConfiguration], *, name: str, now: datetime
) -> dict[str, str]:
    """Return why a webhook's caBundle does not verify the pair for `name`, by webhook name.

    Webhooks whose caBundle verifies it are left out.
    """
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


def _may_verify(pair: KeyPair, bundle: bytes) -> bool:
    """Whether the bundle has an issuer of a certificate that is sent, or one of those themselves.

    `verify` is stricter than kube-apiserver. A replica whose certificate it refuses may work all
    the same, and must not become unready for that.
    """
    try:
        authorities = parse_certificates(Pem("caBundle", bundle))
    except CertificateError:
        return False
    sent = (pair.certificate, *pair.intermediates)
    return any(
        authority == certificate or has_issued(authority, certificate)
        for authority in authorities
        for certificate in sent
    )


class LiveBundleCheck:
    """Checks at intervals whether the webhooks' caBundles verify what is served.

    Where none of them can, kube-apiserver cannot use this replica, which is a problem. It is none
    if the certificate is not for `name`, since it may belong to another Service. The right to read
    the configurations is optional: without it the note says so, and the last result stays.
    """

    def __init__(
        self, bundles: BundleStore, serving: Callable[[], KeyPair | None], name: str
    ) -> None:
        self._bundles = bundles
        self._serving = serving
        self._name = name
        self._note = ""
        self._problem: str | None = None

    def problem(self) -> str | None:
        """Readiness check: why kube-apiserver cannot use this replica, or None."""
        return self._problem

    def note(self) -> str:
        """Return what was found, in one sentence for /readyz."""
        return self._note

    async def run(self, seconds: float) -> None:
        """Look every `seconds`, for ever."""
        while True:
            note = await self._look()
            if note != self._note:
                log = _logger.info if note == _VERIFIES else _logger.warning
                log("caBundle", detail=note)
            self._note = note
            await asyncio.sleep(seconds if self._problem is None else min(seconds, _SOON_SECONDS))

    async def _look(self) -> str:
        pair = self._serving()
        if pair is None:
            return ""
        try:
            configurations = await self._bundles.read()
        except StoreError as error:
            return f"whether the live caBundle verifies it is not known: {error}"
        self._problem = None
        if not configurations:
            return "there is no webhook configuration whose caBundle could verify it"
        wrong = unverified(pair, configurations, name=self._name, now=datetime.now(UTC))
        if not wrong:
            return _VERIFIES
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(wrong.items()))
        if covers(pair.certificate, self._name) and not any(
            _may_verify(pair, bundle)
            for configuration in configurations
            for bundle in configuration.bundles.values()
        ):
            self._problem = f"no live caBundle verifies the served certificate ({reasons})"
        return f"the live caBundle does not verify it ({reasons})"
