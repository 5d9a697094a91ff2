"""The steps of docs/strategies.md lead from one strategy to another, either way."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from devtools.controlplane import wait_for
from tests.docs.blocks import Block, blocks
from tests.docs.checkout import make_checkout
from tests.docs.console import environment, run
from tests.suites.cluster.living_candidate import (
    GROUP,
    create,
    holder,
    lease,
    living,
    moment,
    spec,
)

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from devtools.controlplane import ControlPlane

OURS: Final = "OldestEmulationVersion"
THEIRS: Final = "example.com/newest"
SECONDS: Final = 60.0


@pytest.fixture
def shell(
    root: Path, control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> dict[str, str]:
    """Return the environment of a shell whose kubectl is in the namespace."""
    kubectl, kubeconfig = tmp_path / "kubectl", tmp_path / "kubeconfig"
    kubectl.symlink_to(control_plane.binaries.path("kubectl"))
    kubeconfig.write_bytes(control_plane.kubeconfig.read_bytes())
    shell = environment(tmp_path, PYTHONPATH=str(root), KUBECONFIG=str(kubeconfig))
    shell |= {"PATH": f"{tmp_path}:{shell['PATH']}"}
    set_namespace = ("config", "set-context", "--current", f"--namespace={namespace}")
    subprocess.run([kubectl, *set_namespace], env=shell, check=True, capture_output=True)
    return shell


def deploy(api: httpx2.Client, namespace: str) -> None:
    """Create the Deployment; nobody makes pods of it, so the test plays them."""
    labels = {"app": "web"}
    containers = [{"name": "web", "image": "web"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    deployment = {
        "metadata": {"name": "web"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
    }
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    api.post(path, json=deployment).raise_for_status()


def elect(api: httpx2.Client, namespace: str, strategy: str, name: str) -> None:
    """Wait for the Lease of the strategy, and be its leader, who renews for long.

    Where the strategy is not kube-apiserver's, elect `name`.
    """

    def change(**fields: object) -> None:
        path = f"{GROUP}/v1/namespaces/{namespace}/leases/web"
        merge = {"Content-Type": "application/merge-patch+json"}
        api.patch(path, json={"spec": fields}, headers=merge).raise_for_status()

    def is_made() -> bool:
        return (lease(api, namespace, "web") or {}).get("strategy") == strategy

    wait_for(is_made, f"a Lease of {strategy}", SECONDS)
    if strategy == THEIRS:
        change(holderIdentity=name)
    wait_for(lambda: holder(api, namespace, "web"), "a leader", SECONDS)
    change(renewTime=moment(), leaseDurationSeconds=600)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(THEIRS, OURS, id="to kube-apiserver's"),
        pytest.param(OURS, THEIRS, id="to a third party's"),
    ],
)
def test_the_steps_of_the_page(
    root: Path,
    control_plane: ControlPlane,
    api: httpx2.Client,
    namespace: str,
    shell: dict[str, str],
    tmp_path: Path,
    first: str,
    second: str,
) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    checkout = make_checkout(root, folder)
    steps = [
        Block(block.file, block.line, "console", "", block.text)
        for block in blocks(root / "docs" / "strategies.md", "docs/strategies.md")
        if block.suite == "cluster"
    ]
    deploy(api, namespace)
    for name in ("first-1", "first-2"):
        create(api, namespace, name, spec("web", strategy=first)).raise_for_status()
    elect(api, namespace, first, "first-1")
    *removing, explaining = steps
    for step in removing:
        assert not (problem := run(step, checkout, shell, 0)), problem
    with ExitStack() as pods:
        for name in ("second-1", "second-2"):
            pods.enter_context(living(control_plane, namespace, name, spec("web", strategy=second)))
        elect(api, namespace, second, "second-1")
        assert holder(api, namespace, "web").startswith("second-")
        assert not (problem := run(explaining, checkout, shell, 0)), problem
