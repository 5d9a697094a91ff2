"""The bench runs; how fast anything is, no test says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.load import Result
from bench.peers import PEERS
from bench.report import (
    Footprint,
    Requirement,
    Sample,
    footprint_table,
    requirement_table,
    table,
)
from bench.tasks import TASKS

if TYPE_CHECKING:
    from pathlib import Path


def test_peers_in_python_answer_and_have_a_row_for_each_load(root: Path) -> None:
    arguments = ["--rounds", "1", "--reviews", "10", "--starts", "1", "--peers", "leasegate"]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ")[:2] for line in done.stdout.splitlines() if line.startswith("| ")]
    names = [p.name for p in PEERS if p.name == "do nothing" or "leasegate" in p.name]
    for task in TASKS:
        assert [row for row in rows if row[0] == f"| {task.name}"] == [
            [f"| {task.name}", name] for name in names
        ]
    assert "round 1 of at most 1" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--peers", "leasegate"], id="some peers only"),
        pytest.param(["--only", "creates"], id="some reviews only"),
    ],
)
def test_a_page_of_another_run_is_not_written(root: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--write", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "leave --peers and --only out" in done.stderr


def sample(peer: str, number: int, seconds: float) -> Sample:
    return Sample(peer, number, "load", seconds, 1000, 0.001, 0.002)


def test_a_ratio_compares_within_a_round_and_the_median_is_over_rounds() -> None:
    rows = table(
        [
            *(sample("base", number, seconds) for number, seconds in enumerate([1e-4, 2e-4, 4e-4])),
            *(sample("ours", number, seconds) for number, seconds in enumerate([2e-4, 3e-4, 4e-4])),
        ],
        ["base", "ours"],
        "base",
    )
    shown = "| load | ours | 300 us | 1.50 (1.00 to 2.00) | +100 us | 1000 | 1.00 ms | 2.00 ms |"
    assert shown in rows


def test_a_start_is_shown_with_its_range_and_memory_in_mebibytes() -> None:
    rows = footprint_table([Footprint("ours", (1.5, 0.5, 1.0), 70 * 2**20)])
    assert "| ours | 1.00 s (0.50 to 1.50) | 70 MiB |" in rows


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        pytest.param(1.5, "goal met", id="as good as the goal"),
        pytest.param(1.51, "met", id="between goal and must"),
        pytest.param(1.7, "met", id="just the must"),
        pytest.param(1.71, "missed", id="above the must"),
    ],
)
def test_a_requirement_is_met_up_to_its_must(measured: float, verdict: str) -> None:
    rows = requirement_table([Requirement("ratio", 1.7, 1.5, "", measured)])
    assert rows.splitlines()[-1].endswith(f"| {verdict} |")


@pytest.mark.parametrize(
    ("percent", "seconds"),
    [
        pytest.param(0, 1.0, id="the fastest"),
        pytest.param(50, 3.0, id="the middle"),
        pytest.param(99, 4.0, id="the slowest of a few"),
        pytest.param(100, 4.0, id="the slowest"),
    ],
)
def test_percentiles_are_those_of_the_latencies(percent: float, seconds: float) -> None:
    result = Result(10, [4.0, 2.0, 3.0, 1.0])
    assert result.percentile(percent) == seconds
    assert result.throughput == pytest.approx(0.4)
