"""The bench of `leasegate check` runs; how fast anything is, no test says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_each_number_of_documents_has_its_row(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.check", "--rounds", "1", "--documents", "30", "10"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ")[0] for line in done.stdout.splitlines() if line.startswith("| ")]
    assert rows == ["| documents", "| 10", "| 30", "| more documents", "| from 10 to 30"]
