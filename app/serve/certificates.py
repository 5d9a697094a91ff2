"""Where `serve` gets its certificate from, and how that stays fresh."""

from __future__ import annotations

import dataclasses
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from app.errors import LeasegateError
from app.pki.certificate_files import CertificateFiles
from app.pki.client_authorities import ClientAuthorities
from app.pki.development import ensure_development_certificates
from app.pki.errors import CertificateError, Reason
from app.pki.serving_certificate import ServingCertificate
from app.pki.tls import TlsPolicy
from app.serve.cluster import closed_at_the_end, open_client
from app.serve.settings import CertificateMode, TlsVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from lightkube import AsyncClient

    from app.pki.live_bundles import LiveBundleCheck
    from app.pki.observed_bundles import ObservedBundles
    from app.pki.self_managed import Stores
    from app.pki.stores import BundleStore
    from app.serve.settings import SelfManagedSettings, ServeSettings
    from app.server.metrics import Metrics
    from app.webhooks import ServerClock

_FILES_SECONDS: Final = 5.0
_SECRET_SECONDS: Final = 15.0
_LIVE_SECONDS: Final = 60.0
_MAY_PASS: Final = frozenset({Reason.EXPIRED, Reason.NOT_YET_VALID, Reason.NAME_MISSING})
"""What whoever renews a mounted certificate may mend at any moment. A restart would mend nothing,
and kubelet waits longer with each one."""
_TLS_VERSIONS: Final = {
    TlsVersion.TLS12: ssl.TLSVersion.TLSv1_2,
    TlsVersion.TLS13: ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True, slots=True)
class Certificates:
    """The TLS context of the next connection, and what the server says and does besides.

    `ca_certificate` is for the person who starts a development server.
    """

    context: Callable[[], ssl.SSLContext]
    check: Callable[[], str | None]
    note: Callable[[], str]
    background: Sequence[Callable[[], Coroutine[None, None, None]]]
    ca_certificate: Path | None = None


def open_certificates(
    settings: ServeSettings, metrics: Metrics, clock: ServerClock
) -> Certificates:
    """Return the certificates of the mode that is set.

    Raises CertificateError where files cannot be used, LeasegateError where there is no cluster
    that could hold self-managed ones.
    """
    metrics.certificates.come_from(settings.certificates.value)
    policy = TlsPolicy(_TLS_VERSIONS[settings.tls_min_version])
    serving = ServingCertificate(metrics.certificates, metrics.reloads, policy)
    found = _of_mode(settings, serving, metrics, clock)
    if settings.client_authorities_file is None:
        return found
    clients = ClientAuthorities(settings.client_authorities_file, serving, metrics.reloads)
    clients.load()
    seconds = settings.certificates_poll_seconds or _FILES_SECONDS

    def note() -> str:
        newest = f"newer client authorities are refused: {clients.reloader.problem}"
        return "; ".join(
            part for part in (found.note(), clients.reloader.problem and newest) if part
        )

    background = [*found.background, lambda: clients.reloader.keep_fresh(seconds)]
    return dataclasses.replace(found, note=note, background=background)


def _of_mode(
    settings: ServeSettings, serving: ServingCertificate, metrics: Metrics, clock: ServerClock
) -> Certificates:
    if settings.self_managed is not None:
        return _from_secret(settings, settings.self_managed, serving, metrics, clock)
    return _from_files(settings, serving, metrics, clock)


def _from_files(
    settings: ServeSettings, serving: ServingCertificate, metrics: Metrics, clock: ServerClock
) -> Certificates:
    certificate, key, ca_certificate = settings.certificate_file, settings.key_file, None
    if settings.certificates is CertificateMode.DEV:
        made = ensure_development_certificates(settings.certificates_folder, now=_now())
        certificate, key, ca_certificate = made.certificate, made.key, made.ca_certificate
    files = CertificateFiles(certificate, key, settings.names, serving, _now)
    try:
        files.load()
    except CertificateError as error:
        if error.reason not in _MAY_PASS:
            raise
        serving.refuse(error)
    seconds = settings.certificates_poll_seconds or _FILES_SECONDS
    live, look = _live_check(settings, serving, metrics, clock)

    def note() -> str:
        said = live.note if live is not None else ""
        parts = (f"{settings.certificates.value}: {serving.note()}", said)
        return "; ".join(part for part in parts if part)

    def check() -> str | None:
        return serving.check(_now()) or (live.problem if live is not None else None)

    return Certificates(
        serving.context,
        check,
        note,
        [lambda: files.keep_fresh(seconds), *look],
        ca_certificate,
    )


def _live_check(
    settings: ServeSettings, serving: ServingCertificate, metrics: Metrics, clock: ServerClock
) -> tuple[LiveBundleCheck | None, list[Callable[[], Coroutine[None, None, None]]]]:
    """Return what looks at the live caBundle, if something can, and the work that does so."""
    checked = settings.checked_against
    client = open_client(settings.kubeconfig, clock) if checked is not None else None
    if checked is None or client is None:
        return None, []
    from app.pki.live_bundles import LiveBundleCheck  # noqa: PLC0415

    stores = stores_of(client, checked)
    name = checked.names[0]
    bundles = _observed(stores.bundles, serving, name, metrics)
    check = LiveBundleCheck(bundles, lambda: serving.pair, name)

    async def look() -> None:
        async with closed_at_the_end(client):
            await check.run(settings.certificates_poll_seconds or _LIVE_SECONDS)

    return check, [look]


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


def _from_secret(
    settings: ServeSettings,
    managed: SelfManagedSettings,
    serving: ServingCertificate,
    metrics: Metrics,
    clock: ServerClock,
) -> Certificates:
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
        dataclasses.replace(
            stores, bundles=_observed(stores.bundles, serving, managed.names[0], metrics)
        ),
        issuer,
        serving.serve,
        clock=Clock(lambda: clock.api_now().timestamp()),
    )
    loop = RotationLoop(
        certificates, lambda result: metrics.reloads.reloaded("certificates", result)
    )

    async def keep_up() -> None:
        async with closed_at_the_end(client):
            await loop.run(settings.certificates_poll_seconds or _SECRET_SECONDS)

    def note() -> str:
        return "; ".join(part for part in (f"self: {serving.note()}", loop.note()) if part)

    return Certificates(serving.context, loop.problem, note, [keep_up])


def _now() -> datetime:
    return datetime.now(UTC)
