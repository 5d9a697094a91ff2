"""The serving certificate in each mode, and what keeps it up to date."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from app.errors import LeasegateError
from app.pki.certificate_files import CertificateFiles
from app.pki.client_authorities import ClientAuthorities
from app.pki.development import ensure_development_certificates
from app.pki.serving_certificate import ServingCertificate
from app.pki.tls import TlsPolicy
from app.serve.cluster import closed_at_the_end, open_client
from app.serve.settings import CertificateMode, TlsVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lightkube import AsyncClient

    from app.pki.observed_bundles import ObservedBundles
    from app.pki.self_managed import Stores
    from app.pki.stores import BundleStore
    from app.pki.watcher import CertificateWatcher
    from app.serve.settings import SelfManagedSettings, ServeSettings
    from app.server.metrics import Metrics
    from app.webhooks import ServerClock

_FILES_SECONDS: Final = 5.0
_SECRET_SECONDS: Final = 15.0
_LIVE_SECONDS: Final = 60.0
_TLS_VERSIONS: Final = {
    TlsVersion.TLS12: ssl.TLSVersion.TLSv1_2,
    TlsVersion.TLS13: ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A watcher, how often it looks, and the connection that ends with it."""

    watcher: CertificateWatcher
    seconds: float
    client: AsyncClient | None = None

    async def run(self) -> None:
        """Run the watcher until cancelled."""
        if self.client is None:
            await self.watcher.run(self.seconds)
        else:
            async with closed_at_the_end(self.client):
                await self.watcher.run(self.seconds)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The TLS context of the next connection, a sentence on what it serves, and the watchers.

    `ca_certificate` is the CA that clients of a development server have to trust.
    """

    context: Callable[[], ssl.SSLContext]
    served: Callable[[], str]
    watched: Sequence[Watched]
    ca_certificate: Path | None = None

    def problem(self) -> str | None:
        """Readiness check: why this replica must get no requests now, or None."""
        problems = (one.watcher.problem() for one in self.watched)
        return next((problem for problem in problems if problem), None)

    def note(self) -> str:
        """Return what is served, and what the watchers found."""
        parts = (self.served(), *(one.watcher.note() for one in self.watched))
        return "; ".join(part for part in parts if part)


def open_certificates(
    settings: ServeSettings, metrics: Metrics, clock: ServerClock
) -> Certificates:
    """Return the certificates of the mode that is set.

    Raises CertificateError where files cannot be used, LeasegateError where there is no cluster
    that could hold self-managed ones.
    """
    mode = settings.certificates.value
    metrics.certificates.come_from(mode)
    serving = ServingCertificate(
        metrics.certificates, TlsPolicy(_TLS_VERSIONS[settings.tls_min_version])
    )
    ca_certificate = None
    if settings.self_managed is not None:
        watched = [_secret(settings, settings.self_managed, serving, metrics, clock)]
    else:
        certificate, key = settings.certificate_file, settings.key_file
        if settings.certificates is CertificateMode.DEV:
            made = ensure_development_certificates(settings.certificates_folder, now=_now())
            certificate, key, ca_certificate = made.certificate, made.key, made.ca_certificate
        files = CertificateFiles(
            certificate,
            key,
            settings.names,
            serving,
            _now,
            observer=metrics.certificates,
            reloads=metrics.reloads,
        )
        files.start()
        watched = [Watched(files, settings.certificates_poll_seconds or _FILES_SECONDS)]
        watched += _live_bundles(settings, serving, metrics, clock)
    if settings.client_authorities_file is not None:
        clients = ClientAuthorities(settings.client_authorities_file, serving, metrics.reloads)
        clients.load()
        watched.append(Watched(clients, settings.certificates_poll_seconds or _FILES_SECONDS))
    return Certificates(
        serving.context, lambda: f"{mode}: {serving.note()}", watched, ca_certificate
    )


def _live_bundles(
    settings: ServeSettings, serving: ServingCertificate, metrics: Metrics, clock: ServerClock
) -> list[Watched]:
    """Return the check of the live caBundle, if there is a cluster and a name to check."""
    checked = settings.checked_against
    client = open_client(settings.kubeconfig, clock) if checked is not None else None
    if checked is None or client is None:
        return []
    from app.pki.live_bundles import LiveBundleCheck  # noqa: PLC0415  needs lightkube's stores

    name = checked.names[0]
    bundles = _observed(stores_of(client, checked).bundles, serving, name, metrics)
    check = LiveBundleCheck(bundles, lambda: serving.pair, name)
    return [Watched(check, settings.certificates_poll_seconds or _LIVE_SECONDS, client)]


def _observed(
    bundles: BundleStore, serving: ServingCertificate, name: str, metrics: Metrics
) -> ObservedBundles:
    from app.pki.observed_bundles import ObservedBundles  # noqa: PLC0415  as above

    return ObservedBundles(bundles, lambda: serving.pair, name, metrics.certificates.bundles)


def stores_of(client: AsyncClient, managed: SelfManagedSettings) -> Stores:
    """Return what the cluster keeps for self-managed certificates."""
    from app.cluster.certificate_secret import ClusterSecret  # noqa: PLC0415  needs lightkube
    from app.cluster.webhook_configurations import ClusterBundles  # noqa: PLC0415
    from app.pki.self_managed import Stores  # noqa: PLC0415

    return Stores(
        secret=ClusterSecret(client, managed.namespace, managed.secret_name),
        bundles=ClusterBundles(client, managed.webhook_configuration),
    )


def _secret(
    settings: ServeSettings,
    managed: SelfManagedSettings,
    serving: ServingCertificate,
    metrics: Metrics,
    clock: ServerClock,
) -> Watched:
    client = open_client(settings.kubeconfig, clock)
    if client is None:
        raise LeasegateError(
            "self-managed certificates are kept in a cluster, and there is none; "
            "give --kubeconfig, or --certificates files"
        )
    from app.pki.certificate_issuer import CertificateIssuer  # noqa: PLC0415
    from app.pki.rotation_loop import RotationLoop  # noqa: PLC0415
    from app.pki.self_managed import Clock, SelfManagedCertificates  # noqa: PLC0415

    issuer = CertificateIssuer(
        names=managed.names, lifetimes=managed.lifetimes, algorithm=managed.key_algorithm
    )
    stores = stores_of(client, managed)
    certificates = SelfManagedCertificates(
        replace(stores, bundles=_observed(stores.bundles, serving, managed.names[0], metrics)),
        issuer,
        serving.serve,
        clock=Clock(lambda: clock.api_now().timestamp()),
    )
    loop = RotationLoop(
        certificates, lambda result: metrics.reloads.reloaded("certificates", result)
    )
    return Watched(loop, settings.certificates_poll_seconds or _SECRET_SECONDS, client)


def _now() -> datetime:
    return datetime.now(UTC)
