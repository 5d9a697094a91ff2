"""Certificates that replicas manage themselves: each reads, asks `plan`, and carries it out."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from app.pki import rotation
from app.pki.certificate_issuer import UnusableKeyError
from app.pki.rotation import Instant, Sightings, leaf_terms, plan
from app.pki.rotation_log import log_changes
from app.pki.rotation_next_step import next_step
from app.pki.rotation_state import View, applied, shortened
from app.pki.secret_state import end_of, read_authorities, read_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from app.pki.certificate_issuer import CertificateIssuer
    from app.pki.keypair import KeyPair
    from app.pki.rotation import Plan
    from app.pki.rotation_state import State
    from app.pki.secret_state import Bundle, Contents
    from app.pki.stores import BundleStore, SecretStore, WebhookConfiguration

_logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """The API server's time, in seconds since 1970, and a clock that never jumps."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where certificates and caBundles are kept in the cluster."""

    secret: SecretStore
    bundles: BundleStore


class SelfManagedCertificates:
    """One replica's part in a rotation. No key of a CA is kept after the step that read it.

    `serve` is called with a new leaf and the end of the CA that signed it; it raises
    CertificateError where the leaf cannot be served.
    """

    def __init__(
        self,
        stores: Stores,
        issuer: CertificateIssuer,
        serve: Callable[[KeyPair, datetime], None],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._stores = stores
        self._issuer = issuer
        self._lifetimes = issuer.lifetimes
        self._serve = serve
        self._clock = clock or Clock()
        self._sightings = Sightings()
        self._view = View()
        self._state: State | None = None
        self._flaws: tuple[str, ...] = ()

    def problem(self) -> str | None:
        """Return why this replica must get no requests now, or None."""
        if self._state is None:
            return "the Secret with the certificates was not read yet"
        if not self._view.published:
            return "there is no webhook configuration to publish the caBundle in"
        return rotation.problem(self._state, self._view, self._clock.now(), self._lifetimes)

    def next_step(self) -> str:
        """Return what happens next, and when."""
        if self._state is None:
            return ""
        now = self._clock.now()
        return next_step(self._state, self._view.leaf, now, self._lifetimes).sentence

    async def step(self) -> bool:
        """Read, decide and act once; return whether something was done, so that more may follow.

        The caBundles are read before the Secret, so that the Secret is never older than the one
        that was published. Raises StoreError and CertificateError.
        """
        begin = self._clock.now()
        configurations = await self._stores.bundles.read()
        if self._state is None:
            begin = self._clock.now()  # the first answer's Date has just corrected the clock
        stored = await self._stores.secret.read()
        now = self._clock.now()
        contents = read_contents(stored.data, now=now, lifetimes=self._lifetimes)
        self._log_flaws(contents.flaws)
        published = [
            read_authorities(pem) for one in configurations for pem in one.bundles.values()
        ]
        self._look(begin, now, published, configurations)
        self._state = contents.state
        decided, contents = await self._decide(contents, now)
        changed = await self._changed(contents, decided, published, now)
        if values := changed.to_write():
            await self._stores.secret.write(values, stored.version)
            log_changes(decided, changed.state)
            self._state = changed.state
            return True
        is_claimed = any(one.is_claimed for one in configurations)
        if decided.publish or is_claimed:
            await self._publish(configurations, contents)
        return decided.publish or is_claimed or decided.sign is not None

    def _look(
        self,
        begin: float,
        now: float,
        published: Sequence[Bundle],
        configurations: Sequence[WebhookConfiguration],
    ) -> None:
        at = Instant(now, self._clock.monotonic())
        found = tuple({name: end_of(one) for name, one in each.items()} for each in published)
        revisions = tuple(one.revision for one in configurations)
        self._sightings = self._sightings.after(found, revisions, at)
        self._view = View(begin, found, self._sightings.seconds(at), self._view.leaf)

    async def _decide(self, contents: Contents, now: float) -> tuple[Plan, Contents]:
        """Plan, and sign where that is planned; an unusable key counts as absent."""
        while True:
            decided = plan(contents.state, self._view, now, self._lifetimes)
            if decided.sign is None:
                return decided, contents
            try:
                await self._sign(contents, decided.sign)
            except UnusableKeyError:
                _logger.warning("the key of a CA is of no use", authority=shortened(decided.sign))
                contents = contents.without_key(decided.sign)
            else:
                return decided, contents

    async def _sign(self, contents: Contents, issuer: str) -> None:
        begin = self._view.begin
        pair = await asyncio.to_thread(self._issuer.sign, contents, issuer, begin)
        authority = contents.certificates[issuer]
        self._serve(pair, authority.not_valid_after_utc)
        _logger.info(
            "leaf signed",
            authority=shortened(issuer),
            not_after=f"{pair.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        )
        leaf = leaf_terms(issuer, begin, end_of(pair.certificate))
        self._view = replace(self._view, leaf=leaf)

    async def _changed(
        self, contents: Contents, decided: Plan, published: Sequence[Bundle], now: float
    ) -> Contents:
        """Return the contents after the changes of the plan."""
        known = {name: one for each in published for name, one in each.items()}
        state = contents.state
        for change in decided.changes:
            state = applied(state, change)
        changed = replace(contents, state=state, certificates={**known, **contents.certificates})
        if not decided.add:
            return changed
        return await asyncio.to_thread(self._issuer.add_authority, changed, now)

    async def _publish(
        self, configurations: Sequence[WebhookConfiguration], contents: Contents
    ) -> None:
        wanted, bundle = set(contents.certificates), contents.bundle()
        for one in configurations:
            differs = any(set(read_authorities(pem)) != wanted for pem in one.bundles.values())
            if differs or one.is_claimed:
                await self._stores.bundles.publish(one, bundle)
                _logger.info("caBundle published", configuration=one.kind, authorities=len(wanted))

    def _log_flaws(self, flaws: tuple[str, ...]) -> None:
        if flaws and flaws != self._flaws:
            _logger.warning("the Secret is damaged and will be repaired", flaws=list(flaws))
        self._flaws = flaws
