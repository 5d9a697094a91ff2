"""The bench runs; how fast anything is, no test says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.__main__ import LOADS
from bench.load import Result
from bench.peers import PEERS
from bench.report import Sample, table

if TYPE_CHECKING:
    from pathlib import Path


def test_every_peer_answers_and_has_its_row_for_each_load(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--rounds", "1", "--reviews", "10"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ")[:2] for line in done.stdout.splitlines() if line.startswith("| ")]
    for load in LOADS:
        assert [row for row in rows if row[0] == f"| {load.name}"] == [
            [f"| {load.name}", peer.name] for peer in PEERS
        ]


def test_a_ratio_compares_within_a_round_and_the_median_is_over_rounds() -> None:
    def sample(peer: str, number: int, seconds: float) -> Sample:
        return Sample(peer, number, "load", seconds, 1000, 0.001, 0.002)

    rows = table(
        [
            *(sample("base", number, seconds) for number, seconds in enumerate([1e-4, 2e-4, 4e-4])),
            *(sample("ours", number, seconds) for number, seconds in enumerate([2e-4, 3e-4, 4e-4])),
        ],
        ["base", "ours"],
    )
    assert "| load | ours | 300 us | 1.50 (1.00 to 2.00) | 1000 | 1.00 ms | 2.00 ms |" in rows


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
