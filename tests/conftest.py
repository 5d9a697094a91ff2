"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parent.parent

# How long an example takes says more about the machine than about the program.
_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _ANY_SPEED, max_examples=50)
settings.register_profile("thorough", _ANY_SPEED, max_examples=2000)
settings.load_profile("default")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests in asyncio's event loop, which is the program's."""
    return "asyncio"


def pytest_xdist_setupnodes() -> None:
    """Have workers measure once: with this variable they would once more, without a pause."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop what pytest-cov starts in a worker before it knows that it is one.

    Nothing that it measures is kept, and it goes on where the one that counts pauses.
    """
    is_worker = hasattr(session.config, "workerinput")
    if is_worker and (coverage := Coverage.current()) is not None:
        coverage.stop()


@pytest.hookimpl(trylast=True)  # when Hypothesis has marked its tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure the coverage of examples alone.

    What only a random case happens to reach is tested by nothing that one can count on, and what
    runs a thousand times takes twice as long while it is watched.
    """
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def process_coverage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure coverage in the processes of tests that are marked for it; others start sooner."""
    if request.node.get_closest_marker("covers_processes") is None:
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


def pytest_xdist_auto_num_workers() -> int:
    """Have one worker more than processors: many tests wait for a process that they started."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many cases of the shared table were run."""
    cases = [
        report
        for report in terminalreporter.stats.get("passed", [])
        if "test_case_table.py::" in report.nodeid
    ]
    if cases:
        terminalreporter.write_line(f"shared case table: {len(cases)} cases passed")
