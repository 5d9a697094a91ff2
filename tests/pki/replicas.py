"""Replicas that manage their certificates themselves, on one fake cluster."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.pki.certificate_issuer import CertificateIssuer
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.pki.secret_state import leaf_of, read_authorities
from app.pki.self_managed import Clock, SelfManagedCertificates, Stores
from app.pki.stores import StoreError, StoreProblem
from tests.pki.fake_cluster import FakeBundles, FakeSecret

if TYPE_CHECKING:
    from datetime import datetime

    from app.pki.keypair import KeyPair

START = 1_800_000_000.0
CONFLICT = StoreError(StoreProblem.CONFLICT, "somebody was faster")
AWAY = StoreError(StoreProblem.UNREACHABLE, "cannot read the Secret: away")


@dataclass
class Held:
    """What is served, in place of a TLS context."""

    pairs: list[KeyPair] = field(default_factory=list)

    def serve(self, pair: KeyPair, _authority_not_after: datetime) -> None:
        self.pairs.append(pair)


@dataclass
class Setting:
    """One or more replicas on one fake cluster, and a clock that stands until it is moved."""

    secret: FakeSecret = field(default_factory=FakeSecret)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    now: float = START
    held: dict[str, Held] = field(default_factory=dict)
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA
    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    def replica(self, name: str = "a") -> SelfManagedCertificates:
        self.held[name] = Held()
        return SelfManagedCertificates(
            Stores(secret=self.secret, bundles=self.bundles),
            CertificateIssuer(
                names=["leasegate.x.svc"], lifetimes=self.lifetimes, algorithm=self.algorithm
            ),
            self.held[name].serve,
            clock=Clock(lambda: self.now, lambda: self.now),
        )

    def settle(self, *certificates: SelfManagedCertificates) -> None:
        """Let replicas do all that there is to do now, one after the other."""
        for one in certificates:
            asyncio.run(settle(one))

    def authorities(self) -> list[str]:
        """Return the fingerprints of the Secret's CAs, the newest last."""
        return list(read_authorities(self.secret.data.get("ca.crt", b"")))

    def issuer(self, name: str) -> str | None:
        """Return the fingerprint of the CA in the Secret that signed what a replica serves."""
        leaf = leaf_of(
            self.held[name].pairs[-1].certificate, read_authorities(self.secret.data["ca.crt"])
        )
        return leaf.issuer if leaf is not None else None


async def settle(certificates: SelfManagedCertificates) -> None:
    """Take steps until there is nothing more to do."""
    for _ in range(20):
        if not await certificates.step():
            return
    raise AssertionError("there was always something more to do")
