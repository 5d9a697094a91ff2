"""Whether Argo CD calls an object that leasegate repaired OutOfSync, by its own comparison."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devtools.argocd.build import MANAGER, ArgoCD, build_argocd
from devtools.webhook import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane

Json = dict[str, Any]
COLLECTION = f"/apis/coordination.k8s.io/v1beta1/namespaces/{NAMESPACE}/leasecandidates"
MANIFEST = """\
apiVersion: coordination.k8s.io/v1beta1
kind: LeaseCandidate
metadata:
  name: NAME
  namespace: registered
spec:
  leaseName: example
  binaryVersion: v1.36.0
  emulationVersion: v1.35.0
  strategy: OldestEmulationVersion
  renewTime: "2026-01-02T03:04:05.000000Z"
"""


@pytest.fixture(scope="module")
def argocd() -> ArgoCD:
    return build_argocd(os.environ, print)


@pytest.fixture(scope="module")
def openapi(api: httpx2.Client) -> Json:
    document: Json = api.get("/openapi/v2").raise_for_status().json()
    return document


def synced(plane: ControlPlane, file: Path, *how: str) -> None:
    """Apply a file as Argo CD does: by the code of kubectl apply."""
    done = plane.kubectl("apply", f"--field-manager={MANAGER}", *how, f"--filename={file}")
    assert done.returncode == 0, done.stderr


def predicted(api: httpx2.Client, manifest: Json) -> Json:
    """Return what the server would store, webhooks included."""
    answer = api.patch(
        f"{COLLECTION}/{manifest['metadata']['name']}",
        params={"dryRun": "All", "fieldManager": MANAGER, "force": "true"},
        json=manifest,
        headers={"Content-Type": "application/apply-patch+yaml"},
    )
    stored: Json = answer.raise_for_status().json()
    return stored


def live(api: httpx2.Client, name: str) -> Json:
    stored: Json = api.get(f"{COLLECTION}/{name}").raise_for_status().json()
    return stored


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Write a manifest whose versions have a leading v."""
    path = tmp_path / "candidate.yaml"
    name = request.node.name.replace("_", "-").rstrip("]").replace("[", "-")
    path.write_text(MANIFEST.replace("NAME", name.lower()))
    return path


@pytest.mark.usefixtures("webhook")
def test_by_default_it_is_out_of_sync_until_the_file_is_repaired(
    control_plane: ControlPlane, api: httpx2.Client, argocd: ArgoCD, file: Path
) -> None:
    for _ in range(2):
        synced(control_plane, file)
        manifest = yaml.safe_load(file.read_text())
        stored = live(api, manifest["metadata"]["name"])
        assert stored["spec"]["binaryVersion"] == "1.36.0"
        assert argocd.is_out_of_sync(manifest, stored), "however often it is synced"
    subprocess.run([sys.executable, "-m", "app", "check", "--fix", "-q", file], check=True)
    repaired = yaml.safe_load(file.read_text())
    assert not argocd.is_out_of_sync(repaired, stored), "before it is synced, too"
    synced(control_plane, file)
    assert not argocd.is_out_of_sync(repaired, live(api, repaired["metadata"]["name"]))


@pytest.mark.parametrize("webhooks", [False, True], ids=["alone", "with-mutation-webhooks"])
@pytest.mark.parametrize("how", [(), ("--server-side",)], ids=["client-side", "server-side"])
@pytest.mark.usefixtures("webhook")
def test_with_server_side_diff_it_is_synced(
    control_plane: ControlPlane,
    api: httpx2.Client,
    argocd: ArgoCD,
    openapi: Json,
    file: Path,
    how: tuple[str, ...],
    webhooks: bool,
) -> None:
    synced(control_plane, file, *how)
    manifest = yaml.safe_load(file.read_text())
    stored = live(api, manifest["metadata"]["name"])
    asked = predicted(api, manifest)
    assert not argocd.is_out_of_sync_by_server(manifest, stored, asked, openapi, webhooks=webhooks)
    manifest["spec"]["binaryVersion"] = "v1.37.0"
    asked = predicted(api, manifest)
    assert argocd.is_out_of_sync_by_server(manifest, stored, asked, openapi, webhooks=webhooks)
