"""What Prometheus' own linter says of our metrics."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.suites.server.observed import ObservedServer


def check(promtool: Path, exposition: str) -> str:
    """Return what `promtool check metrics` complains about."""
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=exposition,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) is (not done.stderr)
    return done.stdout + done.stderr


def test_promtool_has_nothing_to_say_about_our_metrics(
    prometheus_programs: dict[str, Path], observed: ObservedServer
) -> None:
    observed.send_recorded_reviews()
    exposition = observed.scrape("text/plain; version=0.0.4").text
    assert 'leasegate_decisions_total{decision="denied"' in exposition
    assert check(prometheus_programs["promtool"], exposition) == ""


def test_promtool_would_complain(prometheus_programs: dict[str, Path]) -> None:
    bad = "# TYPE leasegate_reviews counter\nleasegate_reviews 1\n"
    assert "should have" in check(prometheus_programs["promtool"], bad)
