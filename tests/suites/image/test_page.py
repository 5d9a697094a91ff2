"""What docs/image.md says that the make targets print, they print."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks
from tests.docs.console import mismatch

ROOT = Path(__file__).parents[3]
BLOCKS = [
    block for block in blocks(ROOT / "docs" / "image.md", "image.md") if block.suite == "image"
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", [pytest.param(block, id=block.place) for block in BLOCKS])
def test_a_command_block_prints_what_it_says(block: Block) -> None:
    for step in block.steps:
        done = subprocess.run(
            step.command.split(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert not mismatch(step, done.stdout)
