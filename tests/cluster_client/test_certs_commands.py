"""`leasegate certs status` and `rotate` on a stand-in for kube-apiserver."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.cluster.certificate_secret import ClusterSecret
from app.cluster.connection import connect
from app.cluster.webhook_configurations import ClusterBundles
from app.pki.development import ensure_development_certificates
from app.pki.lifetimes import Lifetimes
from app.pki.rotation_changes import Workshop
from app.pki.secret_state import read_authorities, read_contents, write_contents
from app.pki.self_managed import Clock, SelfManagedCertificates, Stores
from tests.cluster_client.api_server import Answer, ApiServer
from tests.cluster_client.commands import leasegate
from tests.cluster_client.store_checks import REGISTRATIONS
from tests.server.mounted_secret import Issuer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from app.pki.keypair import KeyPair

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


class Nothing:
    """Holds nothing: what is served is of no interest here."""

    def serve(self, pair: KeyPair, authority_not_after: datetime | None = None) -> None:
        pass


@dataclass
class Installation:
    """A replica that has certificates."""

    server: ApiServer
    now: float = field(default_factory=lambda: datetime.now(UTC).timestamp())

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
            workshop = Workshop(names=NAMES, lifetimes=Lifetimes())
            clock = Clock(lambda: self.now, lambda: self.now)
            try:
                await act(
                    SelfManagedCertificates("one", stores, workshop, Nothing(), clock=clock), stores
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


@pytest.fixture
def installation(server: ApiServer) -> Installation:
    made = Installation(server)
    made.register()
    return made


STATUS = ("certs", "status", "--namespace=default")
ROTATE = ("certs", "rotate", "--namespace=default")


def test_status_of_good_certificates_is_exit_code_0(installation: Installation) -> None:
    installation.settle()
    found = leasegate(installation.server, *STATUS)
    assert found.exit_code == 0, found.output
    for line in (
        "Certificates: self\n",
        "Leaf:         issued by CN=leasegate CA of 20",
        "              for leasegate.default.svc, leasegate, leasegate.default, ",
        "(29 days)\n",
        "CA:           CN=leasegate CA of 20",
        "caBundle:     of validate.leasegate.dev verifies the leaf\n",
        "caBundle:     of mutate.leasegate.dev verifies the leaf\n",
        "Replicas:     one\n",
        "Next:         the leaf is renewed at 20",
    ):
        assert line in found.output
    assert "Problem" not in found.output


def test_status_as_json_is_for_programs(installation: Installation) -> None:
    installation.settle()
    found = json.loads(leasegate(installation.server, *STATUS, "--output=json").output)
    assert found["mode"] == "self"
    assert found["leaf"]["names"] == list(NAMES)
    assert found["replicas"] == ["one"]
    assert found["problems"] == []
    assert set(found["leaf"]) == {"subject", "issuer", "names", "notBefore", "notAfter"}


def empty_a_bundle(installation: Installation) -> None:
    installation.settle()
    installation.register()


def long_ago(installation: Installation) -> None:
    installation.now -= timedelta(days=27).total_seconds()
    installation.settle()


def longer_ago(installation: Installation) -> None:
    installation.now -= timedelta(days=31).total_seconds()
    installation.settle()


def without_registrations(installation: Installation) -> None:
    installation.settle()
    for kind in KINDS:
        del installation.server.objects[f"{REGISTRATIONS}/{kind}/leasegate"]


def all_replicas_left(installation: Installation) -> None:
    installation.settle()

    async def leave(_certificates: SelfManagedCertificates, stores: Stores) -> None:
        stored = await stores.secret.read()
        contents = read_contents(stored.data, names=(), others=(), keep_unknown_until=0)
        left = replace(contents, state=replace(contents.state, replicas={}))
        await stores.secret.write(write_contents(left), stored.version)

    installation.run(leave)


def fill_with_garbage(installation: Installation) -> None:
    data = dict.fromkeys(["tls.crt", "tls.key", "ca.crt", "ca.key", "state.json"], "Z2FyYmFnZQ==")
    installation.server.put(SECRET, {"metadata": {"name": "leasegate-tls"}, "data": data})


@pytest.mark.parametrize(
    ("happens", "problem"),
    [
        pytest.param(
            lambda _: None, "there is no leaf yet; is a replica running?", id="nothing yet"
        ),
        pytest.param(
            empty_a_bundle, "validate.leasegate.dev: its caBundle holds no CA", id="no caBundle"
        ),
        pytest.param(long_ago, "the leaf is overdue for renewal", id="nobody renews"),
        pytest.param(longer_ago, "the leaf expired at 20", id="expired"),
        pytest.param(
            without_registrations, "there is no webhook configuration of this name", id="no webhook"
        ),
        pytest.param(all_replicas_left, "no replica is registered", id="no replica"),
        pytest.param(fill_with_garbage, "state.json cannot be read", id="garbage"),
    ],
)
def test_what_is_wrong_is_a_line_and_exit_code_1(
    installation: Installation, happens: Callable[[Installation], None], problem: str
) -> None:
    happens(installation)
    found = leasegate(installation.server, *STATUS)
    assert f"Problem:      {problem}" in found.output
    assert found.exit_code == 1


@pytest.mark.parametrize("command", [STATUS, ROTATE])
def test_a_missing_right_is_one_line_and_exit_code_2(
    server: ApiServer, command: tuple[str, ...]
) -> None:
    server.answers = [Answer("GET", "", 403, "secrets is forbidden")]
    found = leasegate(server, *command)
    assert found.exit_code == 2
    assert found.output.startswith("Error: cannot read the ")
    assert found.output.endswith(": secrets is forbidden\n")


def test_rotate_asks_and_the_replicas_replace_the_ca(installation: Installation) -> None:
    installation.settle()
    first = installation.server.objects[SECRET]["data"]["ca.crt"]
    asked = leasegate(installation.server, *ROTATE)
    assert asked.output.startswith("Asked the replicas to replace the CA ")
    next_step = leasegate(installation.server, *STATUS).output
    assert "Next:         a new CA is made, since somebody asked for it\n" in next_step

    steps: list[str] = []

    async def rotate(certificates: SelfManagedCertificates, _stores: Stores) -> None:
        for _ in range(30):
            await certificates.step()
            assert certificates.problem() is None
            shown = await asyncio.to_thread(leasegate, installation.server, *STATUS)
            step = shown.output.partition("Next:         ")[2].splitlines()[0].partition(" at ")[0]
            if step not in steps:
                steps.append(step)
            if step == "the newest CA issues the leaf":
                again = await asyncio.to_thread(leasegate, installation.server, *ROTATE)
                assert again.output.startswith("The CA is being replaced by ")
            installation.now += 30

    installation.run(rotate)
    assert steps == [
        "the newest CA goes into every caBundle",
        "the newest CA issues the leaf",
        "replicas switch to the new leaf: one",
        "old CAs are dropped",
        "the leaf is renewed",
    ]
    last = installation.server.objects[SECRET]["data"]["ca.crt"]
    assert len(read_authorities(b64decode(last))) == 1
    assert last != first


def test_rotate_tries_again_after_a_conflict_and_gives_up_at_last(
    installation: Installation,
) -> None:
    installation.settle()
    conflict = Answer("PATCH", SECRET, 409, "modified", times=3)
    installation.server.answers = [conflict]
    assert leasegate(installation.server, *ROTATE).exit_code == 0
    conflict.times = 1000
    found = leasegate(installation.server, *ROTATE)
    assert found.output == "Error: the Secret changes all the time; try again\n"
    assert found.exit_code == 2
    installation.server.answers = [Answer("PATCH", SECRET, 403, "it is forbidden")]
    found = leasegate(installation.server, *ROTATE)
    assert found.output == (
        "Error: cannot write the Secret default/leasegate-tls: it is forbidden\n"
    )


def test_rotate_of_nothing_or_of_garbage_is_refused(installation: Installation) -> None:
    nothing = leasegate(installation.server, *ROTATE)
    assert "it holds no certificates yet; a running replica repairs it" in nothing.output
    fill_with_garbage(installation)
    garbage = leasegate(installation.server, *ROTATE)
    assert "state.json cannot be read" in garbage.output
    assert (nothing.exit_code, garbage.exit_code) == (2, 2)


@dataclass(frozen=True)
class Files:
    """A pair in files, and its flags."""

    folder: Path
    issuer: Issuer

    def write(self, leaf: KeyPair) -> tuple[str, ...]:
        for name, content in self.issuer.secret(leaf).items():
            (self.folder / name).write_bytes(content)
        return (
            "--certificates=files",
            f"--tls-cert-file={self.folder / 'tls.crt'}",
            f"--tls-private-key-file={self.folder / 'tls.key'}",
        )


def test_status_of_files(installation: Installation, tmp_path: Path) -> None:
    files = Files(tmp_path, Issuer.make())
    flags = files.write(files.issuer.issue("leasegate.default.svc"))
    found = leasegate(installation.server, *STATUS, *flags)
    assert "Problem:      mutate.leasegate.dev: its caBundle holds no CA" in found.output
    assert "Next:         whoever writes the files renews it before 20" in found.output
    assert found.exit_code == 1
    past = datetime.now(UTC) - timedelta(hours=2)
    flags = files.write(files.issuer.issue(now=past, lifetime=timedelta(hours=1)))
    found = leasegate(installation.server, *STATUS, *flags)
    assert "Problem:      the leaf expired at 20" in found.output


def test_status_of_files_needs_them(server: ApiServer, tmp_path: Path) -> None:
    found = leasegate(server, *STATUS, "--certificates=files")
    assert "files need --tls-cert-file and --tls-private-key-file." in found.output
    assert found.exit_code == 2
    missing = [f"--tls-cert-file={tmp_path / 'x'}", f"--tls-private-key-file={tmp_path / 'y'}"]
    found = leasegate(server, *STATUS, "--certificates=files", *missing)
    assert f"Error: {tmp_path / 'x'} does not exist" in found.output


def test_status_of_development_certificates_asks_no_cluster(
    server: ApiServer, tmp_path: Path
) -> None:
    folder = tmp_path / "certs"
    ensure_development_certificates(folder, now=datetime.now(UTC))
    found = leasegate(
        server, "certs", "status", "--certificates=dev", f"--certificates-folder={folder}"
    )
    assert found.exit_code == 0, found.output
    assert "Certificates: dev\n" in found.output
    assert "Next:         the next start renews what is about to end\n" in found.output
    assert server.requests == []
