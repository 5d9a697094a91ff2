"""`leasegate check --cluster` on a real kube-apiserver."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.blocks import blocks
from tests.suites.cluster.living_candidate import create, spec

if TYPE_CHECKING:
    import httpx2

    from devtools.controlplane import ControlPlane

PROGRAM = Path(sys.executable).with_name("leasegate")


def check(control_plane: ControlPlane, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), "check", "--cluster", f"--kubeconfig={control_plane.kubeconfig}"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_what_is_stored_is_judged(
    api: httpx2.Client, control_plane: ControlPlane, namespace: str
) -> None:
    create(api, namespace, "good", spec("web")).raise_for_status()
    create(api, namespace, "bad", spec("Not_DNS")).raise_for_status()
    for where in (("-n", namespace), ("-A",)):
        found = check(control_plane, *where, "-o", "json")
        assert found.returncode == 1, found.stderr
        (denied,) = [
            finding
            for finding in json.loads(found.stdout)["findings"]
            if finding["namespace"] == namespace
        ]
        assert (denied["name"], denied["rule"]) == ("bad", "lease-name-not-dns")
        assert denied["ratcheted"]


def test_it_says_what_the_page_says(
    root: Path, control_plane: ControlPlane, namespace: str
) -> None:
    (shown,) = [
        each.text.splitlines()
        for each in blocks(root / "docs" / "check.md", "docs/check.md")
        if each.suite == "cluster"
    ]
    assert shown[0] == "$ leasegate check --cluster"
    assert check(control_plane, "-n", namespace).stdout.splitlines() == shown[1:]
