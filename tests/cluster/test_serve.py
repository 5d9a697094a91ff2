"""`leasegate serve` as a process, with certificates that it keeps in a stand-in's Secret."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest

from devtools.controlplane.ports import Endpoint
from tests.cli.processes import PATIENCE, ROOT
from tests.cluster.api_server import Answer
from tests.cluster.store_checks import REGISTRATIONS
from tests.pki.mounted_secret import Issuer, MountedSecret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.api_server import ApiServer

pytestmark = pytest.mark.covers_processes

SECRET = "/api/v1/namespaces/default/secrets/leasegate-tls"  # noqa: S105  a path
NAME = "leasegate.default.svc"


@dataclass(frozen=True)
class Replica:
    """A process, and where it answers."""

    process: subprocess.Popen[bytes]
    port: int
    operations: httpx2.Client
    log: Path

    def line(self, check: str) -> str:
        try:
            text = self.operations.get("/readyz?verbose").text
        except httpx2.TransportError:
            return ""
        return next((line for line in text.splitlines() if f"]{check} " in line), "")

    def metrics(self) -> str:
        return self.operations.get("/metrics").text

    def wait_for(self, happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.line("certificate") + self.log.read_text()
            time.sleep(0.02)


@contextmanager
def serving(server: ApiServer, folder: Path, *flags: str) -> Iterator[Replica]:
    port, operations = (Endpoint.free("127.0.0.1").port for _ in range(2))
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "app", "serve", "--host=127.0.0.1", f"--port={port}"),
                *("--operations-host=127.0.0.1", f"--operations-port={operations}"),
                *("--namespace=default", "--drain-seconds=0", f"--kubeconfig={server.kubeconfig}"),
                *flags,
            ],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{operations}") as client:
            yield Replica(process, port, client, log)
    finally:
        process.kill()
        process.wait()


def register(server: ApiServer, bundle: bytes = b"") -> None:
    client = {"caBundle": b64encode(bundle).decode()}
    for kind, webhook in (("validating", "validate"), ("mutating", "mutate")):
        server.put(
            f"{REGISTRATIONS}/{kind}webhookconfigurations/leasegate",
            {
                "metadata": {"name": "leasegate"},
                "webhooks": [{"name": f"{webhook}.leasegate.dev", "clientConfig": client}],
            },
        )


def test_self_managed_certificates_are_served_and_published(
    server: ApiServer, tmp_path: Path
) -> None:
    register(server)
    flags = ("--certificates=self", "--certificates-poll-seconds=0.2", "--replica-name=one")
    with serving(server, tmp_path, *flags) as replica:
        replica.wait_for(lambda: replica.line("certificate").startswith("[+]"))
        found = server.objects[f"{REGISTRATIONS}/mutatingwebhookconfigurations/leasegate"]
        bundle = b64decode(found["webhooks"][0]["clientConfig"]["caBundle"])
        context = ssl.create_default_context(cadata=bundle.decode())
        with socket.create_connection(("127.0.0.1", replica.port)) as plain:
            context.wrap_socket(plain, server_hostname=NAME).close()
        assert "[+]certificate ok: self: issued by 'leasegate CA of 20" in replica.line(
            "certificate"
        )
        assert "the leaf is renewed at 20" in replica.line("certificate")
        assert "[+]siblings ok: synced: following the API server" in replica.line("siblings")
        metrics = replica.operations.get("/metrics").text
        assert 'leasegate_certificate_not_after_seconds{certificate="ca"}' in metrics
        assert 'leasegate_certificates_info{mode="self"} 1.0' in metrics
        verifies = 'leasegate_ca_bundle_verifies{webhook="mutate"}'
        replica.wait_for(lambda: f"{verifies} 1.0" in replica.metrics())
        server.answers = [Answer("GET", "configurations", 503, "etcd is away")]
        replica.wait_for(lambda: "etcd is away" in replica.line("certificate"))
        assert replica.line("certificate").startswith("[+]")
        replica.wait_for(lambda: verifies not in replica.metrics())
        server.answers = []
        replica.wait_for(lambda: "etcd is away" not in replica.line("certificate"))
        replica.process.send_signal(signal.SIGTERM)
        assert replica.process.wait(PATIENCE) == 0
    assert "tls.key" not in server.objects[SECRET]["data"]
    log = replica.log.read_text()
    assert "leaf signed" in log
    assert log.startswith("Warning: --replica-name has no effect any more; leave it out.\n")
    assert "mode=self" in log
    assert "PRIVATE KEY" not in log


def test_a_swap_of_a_mounted_secret_is_served_within_15_seconds_by_default(
    server: ApiServer, tmp_path: Path
) -> None:
    mounted, issuer = MountedSecret(tmp_path / "tls"), Issuer.make()
    mounted.put(data := issuer.secret(issuer.issue(NAME)))
    register(server, data["ca.crt"])
    flags = (
        f"--tls-cert-file={mounted.folder / 'tls.crt'}",
        f"--tls-private-key-file={mounted.folder / 'tls.key'}",
        f"--tls-name={NAME}",
    )

    def served() -> str:
        return ssl.get_server_certificate(("127.0.0.1", replica.port))

    with serving(server, tmp_path, "--certificates=files", *flags) as replica:
        replica.wait_for(lambda: "the live caBundle verifies it" in replica.line("certificate"))
        assert replica.line("certificate").startswith("[+]certificate ok: files: issued by ")
        assert 'leasegate_ca_bundle_verifies{webhook="validate"} 1.0' in replica.metrics()
        assert "mode=files" in replica.log.read_text()
        before = served()
        mounted.put(issuer.secret(issuer.issue(NAME)))
        replica.wait_for(lambda: served() != before, seconds=15)


def test_elections_are_shown_where_that_is_wanted(server: ApiServer, tmp_path: Path) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    server.put(
        "/apis/coordination.k8s.io/v1/namespaces/team/leases/web",
        {
            "metadata": {"name": "web", "namespace": "team"},
            "spec": {"holderIdentity": "a", "leaseDurationSeconds": 3600, "renewTime": now},
        },
    )
    flags = ("--dev", f"--certificates-folder={tmp_path / 'certs'}")
    with serving(server, tmp_path, *flags, "--watch-leases") as replica:
        followed = "[+]elections ok: synced: following the API server"
        replica.wait_for(lambda: replica.line("elections") == followed)
        leader = 'leasegate_election_leader{lease="web",lease_namespace="team"} 1.0'
        replica.wait_for(lambda: leader in replica.metrics())
        assert 'leasegate_background_failures_total{task="elections"} 0.0' in replica.metrics()
        requests = [*server.requests]
    assert any("/leases?" in one for one in requests)
    server.requests.clear()
    with serving(server, tmp_path, *flags) as replica:
        off = "[+]elections ok: not followed: --watch-leases (process.watchLeases) is off"
        replica.wait_for(lambda: replica.line("elections") == off)
        replica.wait_for(lambda: "synced" in replica.line("siblings"))
        assert "leasegate_election" not in replica.metrics()
    assert not any("/leases?" in one for one in server.requests)


def test_self_managed_certificates_without_a_cluster_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve", "--certificates=self", "--namespace=default"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "self-managed certificates are kept in a cluster, and there is none" in done.stderr
