"""A folder that looks like a checkout after `make run`: what documented commands run in."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from tests.docs.blocks import Step, blocks

if TYPE_CHECKING:
    from pathlib import Path


def make_checkout(root: Path, folder: Path) -> Path:
    """Copy what documented commands use; the virtual environment is the one that runs the tests."""
    locks = (lock.name for lock in root.glob("requirements*.lock"))
    for file in ("Makefile", "README.md", "pyproject.toml", *locks):
        shutil.copy(root / file, folder)
    shutil.copytree(root / "examples", folder / "examples")
    (folder / "certs").mkdir()
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(f"{sys.prefix}/bin")
    # The last one, so that make finds nothing to install.
    (folder / ".venv" / "run.stamp").touch()
    return folder


def serving_step(checkout: Path) -> Step:
    """Return the README's way to start the server."""
    readme = checkout / "README.md"
    return next(
        step
        for block in blocks(readme, readme.name)
        if block.language == "console"
        for step in block.steps
        if step.serves
    )
