"""Replicas that manage their certificates themselves, on one fake cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.pki.errors import CertificateError, Reason
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.pki.rotation_changes import Workshop
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
    refuses: int = 0

    def serve(self, pair: KeyPair, authority_not_after: datetime | None = None) -> None:
        assert authority_not_after is not None
        if self.refuses:
            self.refuses -= 1
            raise CertificateError(Reason.UNREADABLE, "OpenSSL does not serve this", "no advice")
        self.pairs.append(pair)


@dataclass
class Setting:
    """One or more replicas on one fake cluster, and a clock that stands until it is moved."""

    secret: FakeSecret = field(default_factory=FakeSecret)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    now: float = START
    held: dict[str, Held] = field(default_factory=dict)
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA

    def replica(self, name: str = "a") -> SelfManagedCertificates:
        self.held[name] = Held()
        return SelfManagedCertificates(
            name,
            Stores(secret=self.secret, bundles=self.bundles),
            Workshop(names=["leasegate.x.svc"], lifetimes=Lifetimes(), algorithm=self.algorithm),
            self.held[name],
            clock=Clock(lambda: self.now, lambda: self.now),
        )


async def settle(certificates: SelfManagedCertificates) -> None:
    """Take steps until there is nothing more to do."""
    for _ in range(20):
        if not await certificates.step():
            return
    raise AssertionError("there was always something more to do")
