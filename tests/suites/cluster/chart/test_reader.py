"""The chart's reader, as somebody whom an administrator impersonates, on a real kube-apiserver."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import wait_for
from tests.suites.cluster.chart.release import FULLNAME, Json, Release, of_kind
from tests.suites.cluster.living_candidate import create, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

PROGRAM = Path(sys.executable).with_name("leasegate")
RBAC = "/apis/rbac.authorization.k8s.io/v1"
READER = f"{FULLNAME}-reader"


@pytest.fixture
def role(release: Release, api: httpx2.Client) -> Iterator[Json]:
    """The ClusterRole as the chart renders it, bound to a group of the namespace's name."""
    found = next(
        role
        for role in of_kind(release.rendered({}), "ClusterRole")
        if role["metadata"]["name"] == READER
    )
    name = f"{READER}-{release.namespace}"
    made = {"metadata": {"name": name}, "rules": found["rules"]}
    api.post(f"{RBAC}/clusterroles", json=made).raise_for_status()
    binding = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": release.namespace}
        ],
    }
    api.post(f"{RBAC}/clusterrolebindings", json=binding).raise_for_status()
    yield made
    for kind in ("clusterrolebindings", "clusterroles"):
        api.delete(f"{RBAC}/{kind}/{name}").raise_for_status()


@pytest.fixture
def kubeconfig(release: Release, tmp_path: Path) -> Path:
    """The administrator's kubeconfig, with `as` and `as-groups`: what kubectl's --as does."""
    view = ("config", "view", "--raw", "--flatten", "-o", "json")
    found = json.loads(release.control_plane.kubectl(*view).stdout)
    for user in found["users"]:
        user["user"] |= {"as": "a-reader", "as-groups": [release.namespace]}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(found))
    return path


def run(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments, f"--kubeconfig={kubeconfig}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def commands(namespace: str) -> list[list[str]]:
    return [
        ["explain", "-A"],
        ["explain", "-n", namespace],
        ["explain", f"{namespace}/web"],
        ["check", "--cluster", "-A"],
        ["check", "--cluster", "-n", namespace],
    ]


def test_who_has_the_reader_reads_and_nothing_else_is_needed(
    release: Release, api: httpx2.Client, role: Json, kubeconfig: Path
) -> None:
    create(api, release.namespace, "a", spec("web")).raise_for_status()

    def is_bound() -> bool:
        return run(kubeconfig, "explain", "-A").returncode != 2

    wait_for(is_bound, "the role to be in force", 60)
    for command in commands(release.namespace):
        found = run(kubeconfig, *command)
        assert (found.returncode in {0, 1}, found.stderr) == (True, ""), command
        assert found.stdout, command
    assert role["rules"] == [
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases", "leasecandidates"],
            "verbs": ["get", "list", "watch"],
        }
    ]


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        pytest.param("leases", ["explain", "-A"], id="explain without leases"),
        pytest.param("leasecandidates", ["explain", "-A"], id="explain without candidates"),
        pytest.param("leasecandidates", ["check", "--cluster", "-A"], id="check"),
    ],
)
def test_without_one_of_its_rights_a_sentence_names_it(
    api: httpx2.Client,
    role: Json,
    kubeconfig: Path,
    missing: str,
    command: list[str],
) -> None:
    rule = dict(role["rules"][0])
    rule["resources"] = [each for each in rule["resources"] if each != missing]
    path = f"{RBAC}/clusterroles/{role['metadata']['name']}"
    patch = {"Content-Type": "application/merge-patch+json"}
    api.patch(path, json={"rules": [rule]}, headers=patch).raise_for_status()
    sentence = (
        f"Error: you may not list {missing} in all namespaces; it takes the verb list on "
        f"{missing}.coordination.k8s.io (the chart's ClusterRole leasegate-reader has it)\n"
    )
    wait_for(lambda: run(kubeconfig, *command).stderr == sentence, sentence, 60)
    assert run(kubeconfig, *command).returncode == 2
