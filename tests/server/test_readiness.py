"""Each state of the server, and what its probes say then: ready is only who can serve a review.

Liveness goes by none of them: no restart mends a certificate, a bundle or a file.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.configuration import RulesInForce, read_document
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.pki.pem import certificate_pem
from app.pki.self_managed import Stores
from app.pki.stores import StoreError, StoreProblem, WebhookConfiguration
from app.serve import certificates as serve_certificates
from app.serve.assemble import checks
from app.serve.certificates import open_certificates
from app.serve.settings import CertificateMode, SelfManagedSettings, ServeSettings
from app.server.lifecycle import Lifecycle, Phase
from app.server.metrics import create_metrics
from app.server.operations import create_operations
from app.webhooks import ServerClock
from tests.pki.fake_cluster import FakeSecret
from tests.pki.mounted_secret import Issuer, MountedSecret
from tests.server.running import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.applications import Starlette

    from app.pki.keypair import KeyPair
    from app.server.run import Work

POLL = 0.02
SERVICE = "leasegate.apps.svc"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ISSUER, STRANGER = Issuer.make(), Issuer.make("another CA")
OURS, THEIRS = (certificate_pem(issuer.pair.certificate) for issuer in (ISSUER, STRANGER))
MANAGED = SelfManagedSettings(
    namespace="apps",
    secret_name="leasegate-tls",  # noqa: S106  a name
    service_name="leasegate",
    webhook_configuration="leasegate",
    key_algorithm=KeyAlgorithm.ECDSA,
    lifetimes=Lifetimes(),
)


@dataclass
class LiveBundles:
    """A BundleStore that stands in for the API server: the caBundle of each webhook."""

    of: dict[str, bytes]
    error: StoreError | None = None

    async def read(self) -> Sequence[WebhookConfiguration]:
        if self.error is not None:
            raise self.error
        return [
            WebhookConfiguration("a kind", name, "1", {name: bundle})
            for name, bundle in self.of.items()
        ]

    async def publish(self, configuration: WebhookConfiguration, bundle: bytes) -> None:
        raise NotImplementedError


class Client:
    """Stands in for the connection to a cluster, which nothing is asked of."""

    async def close(self) -> None:
        return


@dataclass
class Scene:
    """A server that is ready, until something is done to it."""

    folder: Path
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    bundles: LiveBundles = field(default_factory=lambda: LiveBundles({"validate": OURS}))
    later: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.lifecycle.phase = Phase.SERVING
        self.configuration = self.folder / "config.yaml"
        self.configuration.write_text("rules: {profile: strict}")
        self.secret = MountedSecret(self.folder / "tls")
        self.mount(ISSUER.issue(SERVICE))

    def mount(self, leaf: KeyPair, **other: bytes) -> None:
        changed = {name.replace("_", "."): value for name, value in other.items()}
        self.secret.put(ISSUER.secret(leaf) | changed)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene(tmp_path)
    monkeypatch.setattr(serve_certificates, "_now", scene.now)
    stores = Stores(secret=FakeSecret(), bundles=scene.bundles)
    monkeypatch.setattr(serve_certificates, "open_client", lambda *_: Client())
    monkeypatch.setattr(
        serve_certificates,
        "stores_of",
        lambda *_: stores,
    )
    return scene


def operations(scene: Scene) -> tuple[Starlette, list[Callable[[], Work]]]:
    """Return the operations port of a server that starts now, and what goes on behind it."""
    folder, metrics = scene.secret.folder, create_metrics()
    settings = ServeSettings(
        host="",
        port=0,
        operations_host="",
        operations_port=0,
        certificates=CertificateMode.FILES,
        certificate_file=folder / "tls.crt",
        key_file=folder / "tls.key",
        certificates_folder=folder,
        names=(SERVICE,),
        certificates_poll_seconds=POLL,
        checked_against=MANAGED,
    )
    certificates = open_certificates(settings, metrics, ServerClock(scene.now))
    document = read_document(scene.configuration)
    rules = RulesInForce(scene.configuration, document, metrics.reloads)
    readiness = checks(scene.lifecycle, certificates, rules, {})
    background = [
        *(one.run for one in certificates.watched),
        lambda: rules.reloader.keep_fresh(POLL),
    ]
    return create_operations(readiness), background


def nothing(_scene: Scene) -> None:
    return


def starting(scene: Scene) -> None:
    scene.lifecycle.phase = Phase.STARTING


def draining(scene: Scene) -> None:
    scene.lifecycle.phase = Phase.DRAINING


def refusing(scene: Scene) -> None:
    scene.lifecycle.phase = Phase.REFUSING


def expired(scene: Scene) -> None:
    scene.mount(ISSUER.issue(SERVICE, now=NOW - 3 * DAY))


def not_yet_valid(scene: Scene) -> None:
    scene.mount(ISSUER.issue(SERVICE, now=NOW + 3 * DAY))


def another_name(scene: Scene) -> None:
    scene.mount(ISSUER.issue("leasegate.elsewhere.svc"))


def another_key(scene: Scene) -> None:
    scene.mount(ISSUER.issue(SERVICE), tls_key=ISSUER.issue(SERVICE).key_pem)


def good_again(scene: Scene) -> None:
    scene.mount(ISSUER.issue(SERVICE))


def two_days_pass(scene: Scene) -> None:
    scene.later = 2 * DAY


def another_bundle(scene: Scene) -> None:
    scene.bundles.of = {"validate": THEIRS, "mutate": b""}


def one_good_bundle(scene: Scene) -> None:
    scene.bundles.of = {"validate": THEIRS, "mutate": THEIRS + OURS}


def the_leaf_itself(scene: Scene) -> None:
    scene.bundles.of = {"validate": (scene.secret.folder / "tls.crt").read_bytes()}


def no_bundle_to_see(scene: Scene) -> None:
    scene.bundles.error = StoreError(StoreProblem.FORBIDDEN, "it is forbidden to look")


def no_webhook(scene: Scene) -> None:
    scene.bundles.of = {}


def a_bad_configuration(scene: Scene) -> None:
    scene.configuration.write_text("rules: {profile: nonsense}")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(nothing, nothing, None, id="all is well"),
        pytest.param(
            starting, starting, "[-]listening failed: the server is still starting", id="starting"
        ),
        pytest.param(
            nothing, draining, "[-]shutdown failed: the server is shutting down", id="draining"
        ),
        pytest.param(
            nothing, refusing, "[-]shutdown failed: the server is shutting down", id="refusing"
        ),
        pytest.param(expired, nothing, "tls.crt expired at", id="expired from the start"),
        pytest.param(nothing, two_days_pass, "certificate expired at", id="expires"),
        pytest.param(
            not_yet_valid, nothing, "tls.crt is only valid from", id="not valid yet at the start"
        ),
        pytest.param(another_name, nothing, "does not name leasegate.apps.svc", id="no such name"),
        pytest.param(
            nothing, another_key, "ok: files: issued by", id="a new one with another's key"
        ),
        pytest.param(expired, good_again, None, id="renewed after it had expired"),
        pytest.param(another_name, good_again, None, id="issued again with the name"),
        pytest.param(
            nothing, another_name, "ok: files: issued by", id="a bad new one: the old one is served"
        ),
        pytest.param(
            nothing, another_bundle, "no live caBundle verifies", id="no caBundle verifies it"
        ),
        pytest.param(
            another_bundle, one_good_bundle, "does not verify it (validate", id="one caBundle does"
        ),
        pytest.param(
            another_bundle,
            the_leaf_itself,
            "does not verify it",
            id="Go would trust the leaf itself",
        ),
        pytest.param(
            nothing, no_bundle_to_see, "it is forbidden to look", id="the caBundle is not readable"
        ),
        pytest.param(nothing, no_webhook, "no webhook configuration", id="there is no webhook"),
        pytest.param(
            nothing, a_bad_configuration, "ok: the configuration", id="a bad new configuration"
        ),
    ],
)
async def test_ready_is_who_can_serve_and_every_state_is_alive(
    scene: Scene, before: Callable[[Scene], None], after: Callable[[Scene], None], said: str | None
) -> None:
    is_ready = said is None or "ok: " in said or after in _HARMLESS

    before(scene)
    application, background = operations(scene)
    tasks = [asyncio.create_task(work()) for work in background]
    transport = httpx2.ASGITransport(application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://it") as client:
        if before is nothing:
            await until_it_says(client, 200, "ok")
        after(scene)
        await until_it_says(client, 200 if is_ready else 503, said or "readyz check passed")
        assert (await client.get("/livez")).text == "ok"
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


_HARMLESS = (one_good_bundle, the_leaf_itself, no_bundle_to_see, no_webhook)


async def until_it_says(client: httpx2.AsyncClient, code: int, said: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await client.get("/readyz?verbose")
            if answer.status_code == code and said in answer.text:
                return
            await asyncio.sleep(POLL)
