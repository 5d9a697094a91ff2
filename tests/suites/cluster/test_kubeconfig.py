"""A server sees of the real kubectl what it sees of leasegate, whatever stands in a kubeconfig."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.cluster.proxies import proxy_for
from tests.cluster.kubeconfig_cases import CASES, Case
from tests.cluster.kubeconfig_scene import a_scene

if TYPE_CHECKING:
    from pathlib import Path

    from devtools.controlplane import Binaries

PATIENCE = 120.0


def kubectl(binaries: Binaries, path: Path, **environment: str) -> None:
    """Ask the server of the kubeconfig for anything."""
    subprocess.run(
        [binaries.path("kubectl"), f"--kubeconfig={path}", "get", "--raw", "/version"],
        env={"HOME": str(path.parent), "PATH": "/usr/bin:/bin", **environment},
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=True,
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_server_sees_of_kubectl(binaries: Binaries, tmp_path: Path, case: Case) -> None:
    with a_scene(tmp_path) as scene:
        kubectl(binaries, case.make(scene), **case.environment(scene))
        assert scene.seen == [case.sees]


EXCEPTED = [
    "",
    "*",
    "api.internal.example",
    "API.Internal.Example",
    ".internal.example",
    "*.internal.example",
    "internal.example",
    "ternal.example",
    "other.example,  example ",
    "10.0.0.0/8",
    "api.internal.example:1",
]


@pytest.mark.parametrize("excepted", EXCEPTED)
def test_no_proxy_excepts_the_same_servers(
    binaries: Binaries, tmp_path: Path, excepted: str
) -> None:
    with a_scene(tmp_path) as scene:
        path = scene.kubeconfig({"token": "t"}, scene.far_cluster)
        environment = {"HTTPS_PROXY": scene.proxy, "NO_PROXY": excepted}
        try:
            kubectl(binaries, path, **environment)
        except subprocess.CalledProcessError:
            assert scene.seen == []  # the name resolves nowhere
        server = httpx2.URL(scene.far_cluster["server"])
        assert (proxy_for(server, "", environment) is not None) is bool(scene.seen)
