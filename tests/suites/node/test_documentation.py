"""What the documentation says that Helm does with pods, Helm does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app import __version__
from tests.docs.blocks import Block, blocks
from tests.docs.console import environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devtools.node import Node

ROOT = Path(__file__).parents[3]
PAGES = ("install.md", "upgrade.md")
ANY_PORT = 8443


@pytest.fixture
def shell(node: Node, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a shell that has helm, kubectl, a cluster, and ctr on its node."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("helm", "kubectl", "ctr"):
        (programs / name).symlink_to(node.control_plane.binaries.path(name))
    plane = node.control_plane
    home = environment(tmp_path, KUBECONFIG=str(plane.kubeconfig))
    yield {**home, "PATH": f"{programs}:{home['PATH']}"}
    plane.kubectl("delete", "namespace", "leasegate", "--ignore-not-found", "--wait=false")


@pytest.fixture
def checkout(node: Node, image: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a folder with the chart and the archive, whose image the node does not have yet."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "charts").symlink_to(ROOT / "charts")
    (folder / "leasegate.tar").symlink_to(image)
    node.remove_image(f"localhost/leasegate:{__version__}")
    yield folder
    node.import_image(image)


def documented() -> list[Block]:
    """Return the blocks as a person would come to them: what uninstalls stands last."""
    pages = [blocks(ROOT / "docs" / name, name) for name in PAGES]
    found = [block for page in pages for block in page if block.suite == "node"]
    return sorted(found, key=lambda block: "helm uninstall" in block.text)


def test_the_pages_print_what_they_say(shell: dict[str, str], checkout: Path) -> None:
    found = documented()
    assert {block.file for block in found} == set(PAGES)
    problems = [run(block, checkout, shell, ANY_PORT) for block in found]
    assert [problem for problem in problems if problem] == []


def test_no_other_page_has_commands_for_a_node() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    marked = {p.name for p in pages for block in blocks(p, p.name) if block.suite == "node"}
    assert marked == set(PAGES)
