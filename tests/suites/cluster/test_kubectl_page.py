"""docs/kubectl.md is made from what kubectl really prints.

The commands of the page are run and the page is made again from what they print: it must be the
one that is there. With WRITE_PAGES=1 in the environment it is written instead.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from devtools.webhook import NAMESPACE
from tests.docs.blocks import Step, blocks
from tests.docs.console import environment, run_shell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devtools.controlplane import ControlPlane

_SEPARATOR: Final = "\x1e"  # no command prints it


@pytest.fixture
def shell(control_plane: ControlPlane, tmp_path: Path) -> Mapping[str, str]:
    """Return the environment of a shell whose kubectl is in the webhook's namespace."""
    (tmp_path / "kubeconfig").write_bytes(control_plane.kubeconfig.read_bytes())
    (tmp_path / "kubectl").symlink_to(control_plane.binaries.path("kubectl"))
    shell = environment(tmp_path, KUBECONFIG=str(tmp_path / "kubeconfig"))
    shell["PATH"] = f"{tmp_path}:{shell['PATH']}"
    use = ["kubectl", "config", "set-context", "--current", f"--namespace={NAMESPACE}"]
    subprocess.run(use, env=shell, stdout=subprocess.DEVNULL, check=True)
    return shell


@pytest.mark.usefixtures("webhook")
def test_the_page_is_what_kubectl_prints(
    root: Path, shell: Mapping[str, str], tmp_path: Path
) -> None:
    page = root / "docs" / "kubectl.md"
    found = [block for block in blocks(page, page.name) if block.suite == "cluster"]
    steps = [step for block in found for step in block.steps]
    printed = iter(print_steps(steps, tmp_path, shell))
    text = page.read_text("utf-8")
    for block in found:
        lines = [line for step in block.steps for line in (*typed(step), *tidy(next(printed)))]
        text = text.replace(f"cluster\n{block.text}\n```", "\n".join(["cluster", *lines, "```"]))
    if os.environ.get("WRITE_PAGES") == "1":
        page.write_text(text, "utf-8")
    assert text == page.read_text("utf-8")


def print_steps(steps: Sequence[Step], folder: Path, shell: Mapping[str, str]) -> list[str]:
    """Run the commands in one shell, and return what each prints."""
    script = "".join(
        f"{step.command}\n_status=$?; printf '{_SEPARATOR}'; (exit $_status)\n" for step in steps
    )
    return run_shell(script, folder, shell, 60).split(_SEPARATOR)


def typed(step: Step) -> list[str]:
    first, *others = step.command.splitlines()
    return [f"$ {first}", *(f"> {line}" for line in others)]


def tidy(printed: str) -> list[str]:
    """Leave out the server's own warning, and the random end of a generated name."""
    lines = [
        re.sub(r'"example-[a-z0-9]{5}"', '"example-x2x4x"', line) for line in printed.split("\n")
    ]
    return [line for line in lines if line and not line.startswith("Warning: coordination.k8s.io/")]
