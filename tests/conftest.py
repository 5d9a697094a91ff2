"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the checkout."""
    return ROOT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many cases of the shared table were run."""
    cases = [
        report
        for report in terminalreporter.stats.get("passed", [])
        if "test_case_table.py::" in report.nodeid
    ]
    if cases:
        terminalreporter.write_line(f"shared case table: {len(cases)} cases passed")
