"""caBundle is all that we write, and nobody owns it, however the configurations are applied."""

from __future__ import annotations

import json
import os
import subprocess
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
import trustme

from app.pki.secret_state import read_authorities
from devtools.controlplane import wait_for
from tests.suites.cluster.certificates.installation import KINDS, Installation, Json, webhook
from tests.suites.cluster.certificates.replica import CALM, Replica, start_replica

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 300.0
OURS = "leasegate-certificates"
TICKS = 3.0
"""Seconds in which a replica looks at least twice."""


def manifests(
    installation: Installation, failure_policy: str, bundle: str | None = None
) -> list[Json]:
    """Return both configurations, each with one webhook of somebody else."""
    found: list[Json] = []
    for verb, kind in KINDS.items():
        ours = webhook(verb, installation.name) | {"failurePolicy": failure_policy}
        if bundle is not None:
            client = ours["clientConfig"]
            assert isinstance(client, dict)
            client["caBundle"] = bundle
        other = webhook(verb, installation.name) | {"name": f"{verb}.example.com"}
        found.append(
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": f"{kind}WebhookConfiguration",
                "metadata": {"name": installation.name},
                "webhooks": [ours, other | {"failurePolicy": "Ignore"}],
            }
        )
    return found


class Helm:
    """helm 4 with a chart that holds the manifests."""

    def __init__(self, installation: Installation, folder: Path, *flags: str) -> None:
        self._installation = installation
        self._folder = folder
        self._flags = flags

    def __call__(self, failure_policy: str, bundle: str | None = None) -> None:
        self.apply(manifests(self._installation, failure_policy, bundle))

    def apply(self, items: list[Json]) -> None:
        chart = self._folder / "chart"
        (chart / "templates").mkdir(parents=True, exist_ok=True)
        (chart / "Chart.yaml").write_text("{apiVersion: v2, name: webhooks, version: 1.0.0}")
        documents = map(json.dumps, items)
        (chart / "templates" / "webhooks.yaml").write_text("\n---\n".join(documents))
        control_plane = self._installation.control_plane
        done = subprocess.run(
            [
                control_plane.binaries.path("helm"),
                *("upgrade", "--install", "release", str(chart), *self._flags),
                f"--namespace={self._installation.name}",
                f"--kubeconfig={control_plane.kubeconfig}",
            ],
            env={"PATH": os.defpath, "HOME": str(self._folder)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def helm_by_server_side_apply(installation: Installation, folder: Path) -> Callable[[str], None]:
    return Helm(installation, folder)


def helm_by_merge(installation: Installation, folder: Path) -> Callable[[str], None]:
    return Helm(installation, folder, "--server-side=false")


def _kubectl(installation: Installation, *flags: str) -> Callable[[str], None]:
    def apply(failure_policy: str) -> None:
        items = manifests(installation, failure_policy)
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        done = installation.control_plane.kubectl("apply", "-f", "-", *flags, stdin=text)
        assert done.returncode == 0, done.stderr

    return apply


def gitops(installation: Installation, _folder: Path) -> Callable[[str], None]:
    """Apply as Argo CD and Flux do."""
    return _kubectl(
        installation, "--server-side", "--force-conflicts", "--field-manager=gitops-controller"
    )


def kubectl_apply(installation: Installation, _folder: Path) -> Callable[[str], None]:
    return _kubectl(installation)


def owned_by_us(configuration: Json) -> list[Json]:
    """Return the fields of each of our entries in managedFields."""
    metadata = configuration["metadata"]
    assert isinstance(metadata, dict)
    return [one["fieldsV1"] for one in metadata["managedFields"] if one["manager"] == OURS]


def policies(configuration: Json) -> dict[str, tuple[str, bool]]:
    """Return the failure policy of each webhook, and whether it has a caBundle."""
    webhooks = configuration["webhooks"]
    assert isinstance(webhooks, list)
    return {
        one["name"]: (one["failurePolicy"], bool(one["clientConfig"].get("caBundle")))
        for one in webhooks
    }


@pytest.mark.parametrize(
    "applier",
    [
        pytest.param(helm_by_server_side_apply, id="helm upgrade"),
        pytest.param(helm_by_merge, id="helm upgrade with a client-side merge"),
        pytest.param(gitops, id="server-side apply as GitOps does"),
        pytest.param(kubectl_apply, id="kubectl apply"),
    ],
)
def test_an_upgrade_leaves_the_bundle_and_we_leave_everything_else(
    installation: Installation,
    replicas: list[Replica],
    tmp_path: Path,
    applier: Callable[[Installation, Path], Callable[[str], None]],
) -> None:
    apply = applier(installation, tmp_path)
    apply("Fail")
    kubeconfig = installation.install_account(tmp_path)
    replica = start_replica(installation, kubeconfig, "one", times=CALM)
    replicas.append(replica)
    wait_for(replica.is_ready, "readiness", PATIENCE)
    for verb in KINDS:
        assert owned_by_us(installation.configuration(verb)) == []
    before = {verb: installation.bundle(verb) for verb in KINDS}
    apply("Ignore")
    for verb in KINDS:
        found = installation.configuration(verb)
        assert policies(found) == {
            f"{verb}.leasegate.dev": ("Ignore", True),
            f"{verb}.example.com": ("Ignore", False),
        }
        assert installation.bundle(verb) == before[verb], "not for a moment was it away"
    assert replica.is_ready(), replica.check()


def test_helm_takes_the_bundle_over_gives_it_back_and_drops_a_webhook_without_a_conflict(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    apply = Helm(installation, tmp_path)
    apply("Ignore")
    replica = start_replica(installation, installation.install_account(tmp_path), "one", times=CALM)
    replicas.append(replica)
    wait_for(replica.is_ready, "readiness", PATIENCE)
    given = trustme.CA().cert_pem.bytes()
    apply("Ignore", b64encode(given).decode())

    def is_kept_beside() -> bool:
        return all(
            len(read_authorities(found)) == 2 and given.strip() in found
            for found in map(installation.bundle, KINDS)
        )

    wait_for(is_kept_beside, "the given CA beside the own one", PATIENCE)
    apply("Ignore")
    assert is_kept_beside()
    reduced = manifests(installation, "Ignore")
    for one in reduced:
        assert isinstance(one["webhooks"], list)
        del one["webhooks"][0]
    apply.apply(reduced)
    for verb in KINDS:
        found = installation.configuration(verb)
        assert policies(found) == {f"{verb}.example.com": ("Ignore", False)}
    assert all(owned_by_us(installation.configuration(verb)) == [] for verb in KINDS)


def test_an_equal_bundle_is_not_written_again(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    installation.install_webhooks()
    replica = start_replica(installation, installation.install_account(tmp_path), "one", times=CALM)
    replicas.append(replica)
    wait_for(replica.is_ready, "readiness", PATIENCE)

    def versions() -> list[object]:
        found = [installation.configuration(verb)["metadata"] for verb in KINDS]
        return [one["resourceVersion"] for one in found if isinstance(one, dict)]

    before = versions()
    time.sleep(TICKS)  # that nothing happens cannot be waited for
    assert versions() == before


def test_only_what_is_wrong_is_published_again(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    installation.install_webhooks("validate")
    replica = start_replica(installation, installation.install_account(tmp_path), "one", times=CALM)
    replicas.append(replica)
    wait_for(replica.is_ready, "readiness with one configuration", PATIENCE)
    installation.install_webhooks("mutate")
    wait_for(
        lambda: installation.bundle("mutate") == installation.bundle("validate"),
        "the bundle of a configuration that came later",
        PATIENCE,
    )
    assert replica.is_ready(), replica.check()
