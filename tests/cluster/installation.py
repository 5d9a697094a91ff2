"""An installation on the stand-in for kube-apiserver, as one replica makes and keeps it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.cluster.certificate_secret import ClusterSecret
from app.cluster.connection import connect
from app.cluster.webhook_configurations import ClusterBundles
from app.pki.certificate_issuer import CertificateIssuer
from app.pki.lifetimes import Lifetimes
from app.pki.self_managed import Clock, SelfManagedCertificates, Stores
from tests.cluster.store_checks import REGISTRATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.pki.keypair import KeyPair
    from tests.cluster.api_server import ApiServer

SECRET = "/api/v1/namespaces/default/secrets/leasegate-tls"  # noqa: S105  a path
NAMES = (
    "leasegate.default.svc",
    "leasegate",
    "leasegate.default",
    "leasegate.default.svc.cluster.local",
)
KINDS = {
    "validatingwebhookconfigurations": "validate.leasegate.dev",
    "mutatingwebhookconfigurations": "mutate.leasegate.dev",
}


@dataclass
class Held:
    """Holds what is served last."""

    pair: KeyPair | None = None

    def serve(self, pair: KeyPair, _authority_not_after: datetime) -> None:
        self.pair = pair


@dataclass
class Installation:
    """A replica and its Secret; the clock stands until it is moved."""

    server: ApiServer
    now: float = field(default_factory=lambda: datetime.now(UTC).timestamp())
    held: Held = field(default_factory=Held)

    def register(self) -> None:
        for kind, webhook in KINDS.items():
            self.server.put(
                f"{REGISTRATIONS}/{kind}/leasegate",
                {"metadata": {"name": "leasegate"}, "webhooks": [{"name": webhook}]},
            )

    def run(self, act: Callable[[SelfManagedCertificates, Stores], Awaitable[None]]) -> None:
        async def run() -> None:
            client = connect(self.server.kubeconfig, lambda _date: None)
            stores = Stores(
                secret=ClusterSecret(client, "default", "leasegate-tls"),
                bundles=ClusterBundles(client, "leasegate"),
            )
            issuer = CertificateIssuer(names=NAMES, lifetimes=Lifetimes())
            clock = Clock(lambda: self.now, lambda: self.now)
            try:
                await act(
                    SelfManagedCertificates(stores, issuer, self.held.serve, clock=clock), stores
                )
            finally:
                await client.close()

        asyncio.run(run())

    def settle(self) -> None:
        async def act(certificates: SelfManagedCertificates, _stores: Stores) -> None:
            while await certificates.step():
                pass
            assert certificates.problem() is None

        self.run(act)


def fill_with_garbage(installation: Installation) -> None:
    """Leave nothing in the Secret that can be read."""
    keys = ["ca.crt", "ca.key", "signing.key", "state.json", "rotation.json"]
    data = dict.fromkeys(keys, "Z2FyYmFnZQ==")
    installation.server.put(SECRET, {"metadata": {"name": "leasegate-tls"}, "data": data})
