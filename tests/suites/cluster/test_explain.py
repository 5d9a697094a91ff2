"""`leasegate explain` and the plugin of kubectl on a real control plane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import wait_for
from tests.suites.cluster.living_candidate import holder, living, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from devtools.controlplane import ControlPlane

RBAC = "/apis/rbac.authorization.k8s.io/v1"
RULE = {
    "apiGroups": ["coordination.k8s.io"],
    "resources": ["leases", "leasecandidates"],
    "verbs": ["get", "list", "watch"],
}
PROGRAM = Path(sys.executable).with_name("leasegate")


@pytest.fixture
def elected(api: httpx2.Client, control_plane: ControlPlane, namespace: str) -> Iterator[str]:
    """Let candidate a lead the Lease `held`, and return the namespace."""
    with living(control_plane, namespace, "a", spec("held")):
        wait_for(lambda: holder(api, namespace, "held") == "a", "a to lead", 60)
        yield namespace


def kubeconfig_of(
    api: httpx2.Client, control_plane: ControlPlane, namespace: str, *resources: str
) -> str:
    """Return a kubeconfig of a ServiceAccount that may read these in its namespace."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    api.post(accounts, json={"metadata": {"name": "reader"}}).raise_for_status()
    role = {"metadata": {"name": "reader"}, "rules": [RULE | {"resources": list(resources)}]}
    api.post(f"{RBAC}/namespaces/{namespace}/roles", json=role).raise_for_status()
    binding = {
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": namespace}],
    }
    api.post(f"{RBAC}/namespaces/{namespace}/rolebindings", json=binding).raise_for_status()
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    made = api.post(f"{accounts}/reader/token", json=request)
    token = made.raise_for_status().json()["status"]["token"]
    found = json.loads(
        control_plane.kubectl("config", "view", "--raw", "--flatten", "-o", "json").stdout
    )
    for user in found["users"]:
        user["user"] = {"token": token}
    return json.dumps(found)


def run(*command: str | Path, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        "HOME": str(kubeconfig.parent),
        "KUBECONFIG": str(kubeconfig),
    }
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_leader_is_found(control_plane: ControlPlane, elected: str) -> None:
    found = run(
        PROGRAM, "explain", "-n", elected, "held", "-o", "json", kubeconfig=control_plane.kubeconfig
    )
    (lease,) = json.loads(found.stdout)["leases"]
    assert lease["holder"] == "a"
    assert lease["coordinated"]
    assert [each["name"] for each in lease["candidates"]] == ["a"]
    assert any("Elections are run by" in hint for hint in lease["hints"])


def test_all_namespaces_are_read(control_plane: ControlPlane, elected: str) -> None:
    found = run(PROGRAM, "explain", "-A", kubeconfig=control_plane.kubeconfig)
    assert f"{elected}/held: " in found.stdout
    assert "kube-node-lease" not in found.stdout


def test_kubectl_finds_the_plugin(control_plane: ControlPlane, elected: str) -> None:
    kubectl = control_plane.binaries.path("kubectl")
    found = run(
        kubectl, "leasegate", "explain", "-n", elected, "held", kubeconfig=control_plane.kubeconfig
    )
    assert found.stdout.startswith(f"{elected}/held: ")
    wrong = run(kubectl, "leasegate", "explain", "--no", kubeconfig=control_plane.kubeconfig)
    assert wrong.stderr.startswith("Usage: kubectl leasegate explain ")
    assert wrong.returncode == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param(("expl",), "explain\tExplain who leads", id="a command"),
        pytest.param(("rules", "strategy-t"), "strategy-takeover", id="a rule"),
        pytest.param(("explain", "--out"), "--output\t", id="a flag"),
    ],
)
def test_kubectl_completes_what_comes_after_the_plugin(
    control_plane: ControlPlane, words: tuple[str, ...], offered: str
) -> None:
    kubectl = control_plane.binaries.path("kubectl")
    found = run(kubectl, "__complete", "leasegate", *words, kubeconfig=control_plane.kubeconfig)
    assert found.stdout.startswith(offered)
    assert found.stdout.endswith("\n:4\n")


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        pytest.param(("leases", "leasecandidates"), "", id="all that it takes"),
        pytest.param(
            ("leasecandidates",),
            "it takes the verb list on leases.coordination.k8s.io",
            id="no leases",
        ),
        pytest.param(
            ("leases",),
            "it takes the verb list on leasecandidates.coordination.k8s.io",
            id="no candidates",
        ),
    ],
)
def test_a_missing_right_is_one_sentence(
    api: httpx2.Client,
    control_plane: ControlPlane,
    elected: str,
    resources: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(kubeconfig_of(api, control_plane, elected, *resources))
    found = run(PROGRAM, "explain", "-n", elected, kubeconfig=kubeconfig)
    assert sentence in found.stderr
    assert (found.returncode == 2) is bool(sentence), found.stderr
    assert bool(found.stdout) is not bool(sentence)
