"""What docs/policies.md says that kubectl shows, kubectl shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import ControlPlane, wait_for
from tests.cel_policies.writes import Case
from tests.docs.blocks import Block, blocks
from tests.docs.checkout import make_checkout
from tests.docs.console import environment, run
from tests.suites.cluster.policies.installed import ADMIN
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

GROUP = "/apis/admissionregistration.k8s.io/v1"
FORGER = Case(
    "kube-node-lease",
    ADMIN,
    {
        "metadata": {"name": "forger"},
        "spec": {"leaseName": "node-1", "binaryVersion": "1.0.0", "strategy": "example.com/a"},
    },
)


@pytest.fixture
def shell(root: Path, control_plane: ControlPlane, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "kubectl").symlink_to(control_plane.binaries.path("kubectl"))
    kubeconfig = str(control_plane.kubeconfig)
    shell = environment(tmp_path, PYTHONPATH=str(root), KUBECONFIG=kubeconfig)
    return {**shell, "PATH": f"{tmp_path}:{shell['PATH']}"}


@pytest.fixture
def removed_afterwards(api: httpx2.Client, control_plane: ControlPlane) -> Iterator[None]:
    yield
    for plural in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        api.delete(f"{GROUP}/{plural}/leasegate-reserved").raise_for_status()
    wait_for(lambda: not is_refused(control_plane), "the policy to be out of force", 120)


def is_refused(control_plane: ControlPlane) -> bool:
    with Writer(control_plane) as writer:
        return writer.write(FORGER).code == 422


@pytest.mark.usefixtures("removed_afterwards")
def test_kubectl_shows_what_the_page_says(
    root: Path, tmp_path: Path, control_plane: ControlPlane, shell: dict[str, str]
) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    checkout = make_checkout(root, folder)
    applying, refused = (
        Block(block.file, block.line, "console", "", block.text)
        for block in blocks(root / "docs" / "policies.md", "docs/policies.md")
        if block.suite == "cluster"
    )
    assert not (problem := run(applying, checkout, shell, 0)), problem
    wait_for(lambda: is_refused(control_plane), "the policy to be in force", 120)
    assert not (problem := run(refused, checkout, shell, 0)), problem
