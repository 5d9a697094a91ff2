"""What becomes of self-managed certificates when something goes wrong, on a real API server."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from app.pki.secret_state import fingerprint, read_authorities
from devtools.controlplane import wait_for
from tests.suites.cluster.certificates.installation import KINDS, Installation, an_installation
from tests.suites.cluster.certificates.relay import Relay, Way
from tests.suites.cluster.certificates.replica import (
    CALM,
    Replica,
    start_replica,
    stopped_at_the_end,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane

PATIENCE = 300.0


@dataclass(frozen=True)
class Shared:
    """An installation with two replicas, whose way to the API server can be cut."""

    installation: Installation
    replicas: list[Replica]
    relay: Relay
    folder: Path


KEYS = ("ca.crt", "ca.key", "signing.key", "state.json", "rotation.json")
MERGE = {"Content-Type": "application/merge-patch+json"}


def served(replica: Replica) -> x509.Certificate:
    """Return what a new connection is served."""
    address = (replica.admission.host, replica.admission.port)
    return x509.load_pem_x509_certificate(ssl.get_server_certificate(address).encode())


def verifies(installation: Installation, replica: Replica) -> bool:
    """Whether the live caBundles verify what the replica serves, as kube-apiserver would."""
    for verb in ("validate", "mutate"):
        context = ssl.create_default_context(cadata=installation.bundle(verb).decode())
        with socket.create_connection((replica.admission.host, replica.admission.port)) as plain:
            try:
                name = f"{installation.name}.{installation.name}.svc"
                context.wrap_socket(plain, server_hostname=name).close()
            except ssl.SSLError:
                return False
    return True


def start_two(
    installation: Installation, replicas: list[Replica], tmp_path: Path, server: str = ""
) -> list[Replica]:
    """Start two replicas at once, and return when they are ready."""
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path, server=server)
    replicas += [start_replica(installation, kubeconfig, name, times=CALM) for name in "ab"]
    for one in replicas:
        wait_for(one.is_ready, f"{one.process.name} to be ready", PATIENCE)
    return replicas


@pytest.fixture
def running(installation: Installation, replicas: list[Replica], tmp_path: Path) -> list[Replica]:
    """Two replicas for one test."""
    return start_two(installation, replicas, tmp_path)


@pytest.fixture(scope="module")
def shared(
    control_plane: ControlPlane, api: httpx2.Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    """Two replicas that every harm is done to, one after the other."""
    folder, relay = tmp_path_factory.mktemp("replicas"), Relay(control_plane.endpoint)
    with (
        an_installation(control_plane, api) as installation,
        relay.running(),
        stopped_at_the_end() as replicas,
    ):
        start_two(installation, replicas, folder, relay.endpoint.url("https"))
        yield Shared(installation, replicas, relay, folder)


def test_replicas_that_start_at_once_converge_to_one_ca(shared: Shared) -> None:
    assert len({served(one).issuer for one in shared.replicas}) == 1
    assert len({fingerprint(served(one)) for one in shared.replicas}) == 2, "each has its own leaf"
    assert all(verifies(shared.installation, one) for one in shared.replicas)


def delete(installation: Installation) -> None:
    installation.api.delete(installation.secret_path).raise_for_status()


def patch(installation: Installation, data: dict[str, str | None]) -> None:
    installation.api.patch(
        installation.secret_path, json={"data": data}, headers=MERGE
    ).raise_for_status()


def empty(installation: Installation) -> None:
    patch(installation, dict.fromkeys(KEYS))


def fill_with_garbage(installation: Installation) -> None:
    garbage = b64encode(b"\x00-----BEGIN CERTIFICATE-----\xff{").decode()
    patch(
        installation,
        dict.fromkeys(KEYS, garbage),
    )


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(delete, id="lost"),
        pytest.param(empty, id="emptied"),
        pytest.param(fill_with_garbage, id="filled with garbage"),
    ],
)
def test_a_lost_secret_is_filled_from_the_bundles(
    shared: Shared, harm: Callable[[Installation], None]
) -> None:
    installation = shared.installation
    before = {fingerprint(served(one)) for one in shared.replicas}
    old = set(read_authorities(installation.bundle("validate")))
    harm(installation)

    def restored() -> bool:
        bundle = set(read_authorities((installation.secret() or {}).get("ca.crt", b"")))
        published = [set(read_authorities(installation.bundle(verb))) for verb in KINDS]
        is_new = len(bundle) == len(old) + 1 and bundle > old
        return is_new and all(one == bundle for one in published)

    wait_for(restored, "a new CA beside those before", PATIENCE)
    for one in shared.replicas:
        wait_for(one.is_ready, "readiness", PATIENCE)
        assert verifies(installation, one)
    after = {fingerprint(served(one)) for one in shared.replicas}
    assert after == before, "nobody needed another leaf"


def test_a_secret_that_is_lost_with_all_replicas_is_made_anew(
    installation: Installation, running: list[Replica], tmp_path: Path
) -> None:
    old = set(read_authorities(installation.bundle("validate")))
    for one in running:
        one.process.kill()
    delete(installation)
    times = replace(CALM, propagation=2)
    late = start_replica(installation, tmp_path / "kubeconfig", "late", times=times)
    running.append(late)
    wait_for(late.is_ready, "readiness", PATIENCE)
    assert verifies(installation, late)
    assert set(read_authorities(installation.bundle("mutate"))) > old, "others may still serve"


def test_without_the_right_to_write_what_is_served_stays(
    installation: Installation, running: list[Replica]
) -> None:
    installation.limit_account("get")
    empty(installation)
    for one in running:
        wait_for(lambda: "cannot write the Secret" in one.check(), "the line", PATIENCE)  # noqa: B023
        assert "is forbidden" in one.log()
        assert verifies(installation, one)
        assert one.is_ready(), "nobody is better off without it"


@pytest.mark.parametrize("way", [Way.REFUSED, Way.SILENT], ids=["refused", "silent"])
def test_while_the_api_server_is_away_replicas_stay_ready(shared: Shared, way: Way) -> None:
    before = [fingerprint(served(one)) for one in shared.replicas]
    shared.relay.way = way
    with stopped_at_the_end() as late:
        try:
            late.append(
                start_replica(
                    shared.installation, shared.folder / "kubeconfig", way.value, times=CALM
                )
            )
            for one in (*shared.replicas, *late):
                wait_for(lambda: "cannot read" in one.check(), "a look that failed", PATIENCE)  # noqa: B023
            for one in shared.replicas:
                assert one.is_ready()
                assert one.check().startswith("[+]certificate ok: self: ")
            assert not late[0].is_ready()
        finally:
            shared.relay.way = Way.OPEN
        for one in (*shared.replicas, *late):
            wait_for(lambda: "cannot read" not in one.check(), "a look", PATIENCE)  # noqa: B023
        assert [fingerprint(served(one)) for one in shared.replicas] == before
