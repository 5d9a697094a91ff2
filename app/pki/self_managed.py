"""Certificates that replicas manage themselves: each looks, asks `plan`, and does what it says."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from app.pki.errors import CertificateError
from app.pki.rotation import is_early, may_be_ready, plan
from app.pki.rotation_changes import UnusableAuthorityKeyError
from app.pki.rotation_log import log_changes
from app.pki.rotation_outlook import outlook
from app.pki.rotation_terms import Forget, View
from app.pki.secret_state import (
    authority_of,
    read_authorities,
    read_contents,
    write_contents,
)
from app.pki.stores import StoreError, StoreProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from app.pki.keypair import KeyPair
    from app.pki.rotation_changes import Workshop
    from app.pki.rotation_terms import Authority, Leaf, Plan, State
    from app.pki.secret_state import Bundle, Contents
    from app.pki.stores import BundleStore, SecretStore, WebhookConfiguration

_SOON: Final = 0.05

_logger = structlog.stdlib.get_logger(__name__)


class Holder(Protocol):
    """Holds the pair that is served."""

    def serve(self, pair: KeyPair, authority_not_after: datetime | None = None) -> None:
        """Serve this pair from now on; CertificateError where that is not possible.

        `authority_not_after` is the end of the CA that issued it.
        """


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock, in seconds since 1970, and one that never jumps."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is kept in the cluster."""

    secret: SecretStore
    bundles: BundleStore


class SelfManagedCertificates:
    """One replica's part. `replica` is its name, which no other running replica has."""

    def __init__(
        self,
        replica: str,
        stores: Stores,
        workshop: Workshop,
        holder: Holder,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._replica = replica
        self._stores = stores
        self._workshop = workshop
        self._lifetimes = workshop.lifetimes
        self._holder = holder
        self._clock = clock or Clock()
        self._serving: Leaf | None = None
        self._pair: KeyPair | None = None
        self._was_early = False
        self._issuer: Bundle = {}
        self._first_seen: dict[str, float] = {}
        self._view: View | None = None
        self._is_called = False
        self._flaws: tuple[str, ...] = ()

    def problem(self) -> str | None:
        """Return why this replica must get no requests now, or None."""
        if self._view is None:
            return "the Secret with the certificates was not read yet"
        view = replace(self._view, now=self._clock.now())
        problem = may_be_ready(view, self._lifetimes)
        if problem is not None and self._serving is not None and not self._is_called:
            return "there is no webhook configuration to publish the caBundle in"
        return problem

    def outlook(self) -> str:
        """Say what happens next, and when."""
        if self._view is None:
            return ""
        return outlook(self._view.state, self._clock.now(), self._lifetimes).sentence

    async def step(self) -> bool:
        """Look, decide and act once; tell whether something was done, so that more may follow.

        Both configurations are read before the Secret: what is found published was then decided by
        a Secret at least as old as the one that is read. Raises StoreError and CertificateError.
        """
        configurations = await self._stores.bundles.read()
        stored = await self._stores.secret.read()
        now = self._clock.now()
        published = tuple(
            read_authorities(pem) for one in configurations for pem in one.bundles.values()
        )
        self._is_called = bool(published)
        known = dict(self._issuer)
        for found in published:
            known.update(found)
        contents = read_contents(
            stored.data,
            names=self._workshop.names,
            others=known.values(),
            keep_unknown_until=now + self._lifetimes.leaf + self._lifetimes.clock_margin,
        )
        self._tell_flaws(contents.flaws)
        decided, changed = await self._decide(contents, published, known, now)
        self._view = self._view_of(contents.state, published, now)
        must_publish = (decided.bundle is not None and bool(configurations)) or any(
            one.is_claimed for one in configurations
        )
        if decided.changes:
            await self._stores.secret.write(write_contents(changed), stored.version)
            log_changes(decided.changes, changed.state)
            self._view = self._view_of(changed.state, published, now)
        elif must_publish:
            await self._publish(configurations, contents)
        return bool(decided.changes) or must_publish or decided.adopt is not None

    async def _decide(
        self, contents: Contents, published: tuple[Bundle, ...], known: Bundle, now: float
    ) -> tuple[Plan, Contents]:
        """Plan, adopt a leaf if that is planned, and make what is to be written.

        A leaf or a CA key that turns out to be of no use counts as absent, and the plan is made
        anew.
        """
        while True:
            view = self._view_of(contents.state, published, now)
            decided = plan(view, self._lifetimes)
            try:
                if decided.adopt is not None:
                    self._adopt(contents, decided.adopt, known)
                changed = await asyncio.to_thread(
                    self._workshop.apply,
                    contents,
                    decided.changes,
                    now=now,
                    known=known,
                    serving=self._pair,
                )
            except _UnusableLeafError:
                state = replace(contents.state, leaf=None)
                contents = replace(contents, state=state, leaf=None)
            except UnusableAuthorityKeyError:
                _logger.warning("the key of the newest CA is of no use; there will be a new CA")
                contents = replace(contents, state=replace(contents.state, can_issue=False))
            else:
                return decided, changed

    def _adopt(self, contents: Contents, leaf: Leaf, known: Bundle) -> None:
        issuer = contents.certificates.get(leaf.issuer) or known.get(leaf.issuer)
        if contents.leaf is None or issuer is None:
            raise _UnusableLeafError
        try:
            self._holder.serve(contents.leaf, issuer.not_valid_after_utc)
        except CertificateError as error:
            self._tell_flaws((str(error),))
            raise _UnusableLeafError from error
        if self._serving is None:
            _logger.info(
                "certificate served",
                issuer=issuer.subject.rfc4514_string(),
                not_after=f"{contents.leaf.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            )
        self._serving, self._pair, self._was_early = leaf, contents.leaf, True
        self._issuer = {leaf.issuer: issuer}

    async def _publish(
        self, configurations: Sequence[WebhookConfiguration], contents: Contents
    ) -> None:
        wanted, bundle = set(contents.certificates), contents.bundle()
        for one in configurations:
            differs = any(set(read_authorities(pem)) != wanted for pem in one.bundles.values())
            if differs or one.is_claimed:
                await self._stores.bundles.publish(one, bundle)
                _logger.info("caBundle published", configuration=one.kind, authorities=len(wanted))

    def _view_of(self, state: State, published: tuple[Bundle, ...], now: float) -> View:
        found: tuple[dict[str, Authority], ...] = tuple(map(_authorities, published)) or ({},)
        everywhere = set.intersection(*(set(bundle) for bundle in found))
        since = self._clock.monotonic()
        self._first_seen = {name: self._first_seen.get(name, since) for name in everywhere}
        seen = {name: since - first for name, first in self._first_seen.items()}
        view = View(self._replica, now, state, found, seen, self._serving, self._was_early)
        self._was_early = is_early(view, self._lifetimes)
        return view

    async def leave(self) -> None:
        """Remove this replica from the register, after it has served its last request.

        Raises StoreError; an entry that stays goes when the certificate in it has expired.
        """
        while True:
            stored = await self._stores.secret.read()
            contents = read_contents(stored.data, names=(), others=(), keep_unknown_until=0)
            if contents.flaws or self._replica not in contents.state.replicas:
                return
            gone = Forget(frozenset({self._replica}))
            left = self._workshop.apply(
                contents, [gone], now=self._clock.now(), known={}, serving=None
            )
            try:
                await self._stores.secret.write(write_contents(left), stored.version)
            except StoreError as error:
                if error.problem is not StoreProblem.CONFLICT:
                    raise
                await asyncio.sleep(random.uniform(_SOON, 5 * _SOON))  # noqa: S311
            else:
                return

    def _tell_flaws(self, flaws: tuple[str, ...]) -> None:
        if flaws and flaws != self._flaws:
            _logger.warning("the Secret is damaged and will be repaired", flaws=list(flaws))
        self._flaws = flaws


def _authorities(bundle: Bundle) -> dict[str, Authority]:
    return {name: authority_of(certificate) for name, certificate in bundle.items()}


class _UnusableLeafError(Exception):
    """The leaf in the Secret cannot be served."""
