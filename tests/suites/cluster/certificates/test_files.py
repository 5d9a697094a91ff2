"""A Secret as cert-manager writes it, mounted, and swapped while writes go through both hooks."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from devtools.controlplane import wait_for
from tests.pki.mounted_secret import Issuer, MountedSecret
from tests.suites.cluster.certificates.forwarder import Forwarder
from tests.suites.cluster.certificates.installation import HOOKS, KINDS, Installation
from tests.suites.cluster.certificates.replica import Replica, start_replica
from tests.suites.cluster.certificates.test_outcomes import served
from tests.suites.cluster.certificates.test_rotation import writable

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 300.0
SWAPS = 5
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def inject(installation: Installation, bundle: bytes) -> None:
    """Set caBundle as cert-manager's cainjector does."""
    path = "/webhooks/0/clientConfig/caBundle"
    for kind in KINDS.values():
        installation.api.patch(
            f"{HOOKS}/{kind.lower()}webhookconfigurations/{installation.name}",
            json=[{"op": "add", "path": path, "value": b64encode(bundle).decode()}],
            headers=JSON_PATCH,
        ).raise_for_status()


def start_on_files(
    installation: Installation, folder: Path, mounted: MountedSecret, webhooks: tuple[str, ...]
) -> Replica:
    kubeconfig = installation.install_account(folder, secret=(), webhooks=webhooks)
    return start_replica(
        installation,
        kubeconfig,
        "one",
        "--certificates=files",
        f"--tls-cert-file={mounted.folder / 'tls.crt'}",
        f"--tls-private-key-file={mounted.folder / 'tls.key'}",
        f"--tls-name={installation.name}.{installation.name}.svc",
    )


def test_a_swapped_secret_of_cert_manager_fails_no_write(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    address = installation.install_service()
    installation.install_webhooks()
    name = f"{installation.name}.{installation.name}.svc"
    mounted, issuer = MountedSecret(tmp_path / "tls"), Issuer.make("cert-manager")
    data = issuer.secret(issuer.issue(name))
    mounted.put(data)
    replica = start_on_files(installation, tmp_path, mounted, ("get",))
    replicas.append(replica)
    wait_for(lambda: "holds no CA certificate" in replica.check(), "the note", PATIENCE)
    inject(installation, data["ca.crt"])
    wait_for(lambda: "the live caBundle verifies it" in replica.check(), "the note", PATIENCE)
    with Forwarder(address, replicas).running():
        wait_for(lambda: writable(installation), "the first write", PATIENCE)
        with installation.writing() as load:
            for _ in range(SWAPS):
                leaf = issuer.issue(name)
                mounted.put(issuer.secret(leaf))
                wait_for(lambda: served(replica) == leaf.certificate, "the swap", PATIENCE)  # noqa: B023
                before = load.writes
                wait_for(lambda: load.writes > before + 20, "writes", PATIENCE)  # noqa: B023
    assert load.problems == []
    other = Issuer.make("another CA")
    mounted.put(other.secret(other.issue(name)))
    wait_for(lambda: "no live caBundle verifies" in replica.check(), "the problem", PATIENCE)
    assert not replica.is_ready(), "kube-apiserver could not call it"
    inject(installation, other.secret(other.issue(name))["ca.crt"])
    wait_for(replica.is_ready, "the replica to be of use again", PATIENCE)


def test_without_the_right_to_look_at_the_bundle_it_serves(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    installation.install_webhooks()
    name = f"{installation.name}.{installation.name}.svc"
    mounted, issuer = MountedSecret(tmp_path / "tls"), Issuer.make("cert-manager")
    mounted.put(issuer.secret(issuer.issue(name)))
    replica = start_on_files(installation, tmp_path, mounted, ())
    replicas.append(replica)
    wait_for(lambda: "is not known: cannot read" in replica.check(), "the note", PATIENCE)
    assert replica.is_ready()
