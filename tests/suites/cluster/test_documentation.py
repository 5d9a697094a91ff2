"""What the documentation says that kubectl shows, kubectl shows."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from devtools.controlplane import ControlPlane, wait_for
from tests.docs.blocks import Block, blocks
from tests.docs.checkout import make_checkout, serving_step
from tests.docs.console import environment, run
from tests.docs.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

HOOKS = {"mutate": "MutatingWebhookConfiguration", "validate": "ValidatingWebhookConfiguration"}


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkout(root, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def shell(
    root: Path, control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Return the environment of a shell whose kubectl has a configuration of its own."""
    home = tmp_path_factory.mktemp("home")
    (home / "kubeconfig").write_bytes(control_plane.kubeconfig.read_bytes())
    kubectl = home / "kubectl"
    kubectl.symlink_to(control_plane.binaries.path("kubectl"))
    shell = environment(home, PYTHONPATH=str(root), KUBECONFIG=str(home / "kubeconfig"))
    return {**shell, "PATH": f"{home}:{shell['PATH']}"}


@pytest.fixture(scope="module")
def port(checkout: Path, shell: dict[str, str]) -> Iterator[int]:
    step = serving_step(checkout)
    with Serving(step.command, checkout, shell) as serving:
        assert not serving.wait_for(step)
        yield serving.port


@pytest.fixture
def registered(
    api: httpx2.Client, namespace: str, checkout: Path, shell: dict[str, str], port: int
) -> Iterator[None]:
    """Register both webhooks for a namespace, which kubectl then uses."""
    subprocess.run(
        ["kubectl", "config", "set-context", "--current", f"--namespace={namespace}"],
        env=shell,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    authority = base64.b64encode((checkout / "certs" / "ca.crt").read_bytes()).decode()
    for endpoint, kind in HOOKS.items():
        client_config = {"url": f"https://localhost:{port}/{endpoint}", "caBundle": authority}
        configuration = registration(kind, f"{endpoint}-{namespace}", namespace, client_config)
        api.post(url(kind), json=configuration).raise_for_status()
    wait_for(lambda: both_answer(api, namespace), "the webhooks", timeout=120)
    yield
    for endpoint, kind in HOOKS.items():
        api.delete(f"{url(kind)}/{endpoint}-{namespace}").raise_for_status()


def url(kind: str) -> str:
    return f"/apis/admissionregistration.k8s.io/v1/{kind.lower()}s"


def registration(
    kind: str, name: str, namespace: str, client_config: dict[str, str]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "apiVersion": "admissionregistration.k8s.io/v1",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"{name}.leasegate.dev",
                "clientConfig": client_config,
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "rules": [
                    {
                        "apiGroups": ["coordination.k8s.io"],
                        "apiVersions": ["v1beta1", "v1alpha2"],
                        "resources": ["leasecandidates"],
                        "operations": ["CREATE", "UPDATE"],
                    }
                ],
            }
        ],
    }


def both_answer(api: httpx2.Client, namespace: str) -> bool:
    """Whether a leading v is repaired, and what only a rule of ours denies is denied."""
    candidate = {
        "metadata": {"name": "probe"},
        "spec": {
            "leaseName": "Not a Lease's name",
            "binaryVersion": "v1.33.0",
            "emulationVersion": "1.33.0",
            "strategy": "OldestEmulationVersion",
        },
    }
    answer = api.post(
        f"/apis/coordination.k8s.io/v1beta1/namespaces/{namespace}/leasecandidates?dryRun=All",
        json=candidate,
    )
    return "leasegate rule lease-name-not-dns" in answer.text


@pytest.mark.usefixtures("registered")
def test_kubectl_shows_what_the_readme_says(
    checkout: Path, shell: dict[str, str], port: int
) -> None:
    readme = checkout / "README.md"
    found = [block for block in blocks(readme, readme.name) if block.suite == "cluster"]
    assert found
    # In order: each block goes on with what the one before has made.
    text = "\n".join(block.text for block in found)
    problem = run(Block(readme.name, found[0].line, "console", "", text), checkout, shell, port)
    assert not problem, problem


@pytest.mark.usefixtures("registered")
def test_the_manifest_that_is_as_it_should_be_is_stored_unchanged(
    checkout: Path, shell: dict[str, str]
) -> None:
    manifest = checkout / "examples" / "manifests" / "candidate.yaml"
    done = subprocess.run(
        ["kubectl", "create", "--filename", str(manifest), "--output", "json"],
        env=shell,
        capture_output=True,
        check=True,
    )
    spec = json.loads(done.stdout)["spec"]
    assert (spec["binaryVersion"], spec["emulationVersion"]) == ("1.33.0", "1.32.0")
