"""A real Prometheus scrapes the server and answers queries about it."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from charts.generator.dashboard import dashboard
from devtools.controlplane.ports import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.suites.server.observed import ObservedServer

PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus that scrapes one target each second."""

    client: httpx2.Client

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        return answer.raise_for_status().json()["data"]

    def query(self, expression: str) -> dict[str, float]:
        """Return the value of each series; the labels as text, without those of the target."""
        found = {}
        for series in self.get("query", query=expression)["result"]:
            labels = {
                key: value
                for key, value in series["metric"].items()
                if key not in {"instance", "job", "__name__"}
            }
            found[json.dumps(labels, sort_keys=True)] = float(series["value"][1])
        return found

    def wait_for(self, expression: str) -> dict[str, float]:
        """Ask again until there is a series."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if found := self.query(expression):
                    return found
            except httpx2.HTTPError:
                pass
            assert time.monotonic() < deadline, f"Prometheus never had {expression}"
            time.sleep(0.2)


@contextmanager
def prometheus(program: Path, target: Endpoint, folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus until the block ends."""
    here = Endpoint.free("127.0.0.1")
    configuration = folder / "prometheus.yml"
    job = {
        "job_name": "leasegate",
        "static_configs": [{"targets": [f"{target.host}:{target.port}"]}],
    }
    interval = {"scrape_interval": "1s", "scrape_timeout": "1s"}
    configuration.write_text(json.dumps({"global": interval, "scrape_configs": [job]}))
    log = folder / "prometheus.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={here.host}:{here.port}",
            ],
            cwd=folder,
            stdout=output,
            stderr=output,
        )
        try:
            with httpx2.Client(base_url=here.url("http"), timeout=PATIENCE) as client:
                yield Prometheus(client)
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    """Return every query of the dashboard, for all releases, as Grafana would send it."""
    filled = {"$__rate_interval": "10s", "$namespace": ".*", "$job": ".+", "$instance": ".+"}
    found = []
    for panel in json.loads(dashboard())["panels"]:
        (target,) = panel["targets"]
        expression: str = target["expr"]
        for name, value in filled.items():
            expression = expression.replace(name, value)
        found.append(expression)
    return found


def test_prometheus_answers_every_query_of_the_dashboard(
    prometheus_programs: dict[str, Path],
    observed: ObservedServer,
    tmp_path: Path,
    expressions: list[str],
) -> None:
    observed.send_recorded_reviews()
    with prometheus(prometheus_programs["prometheus"], observed.operations, tmp_path) as watcher:
        for expression in expressions:
            assert "$" not in expression
            assert watcher.wait_for(expression)


def test_prometheus_scrapes_us_without_a_complaint(
    prometheus_programs: dict[str, Path], observed: ObservedServer, tmp_path: Path
) -> None:
    observed.send_recorded_reviews()
    with prometheus(prometheus_programs["prometheus"], observed.operations, tmp_path) as watcher:
        watcher.wait_for('leasegate_decisions_total{decision="denied"}')
        [target] = watcher.get("targets")["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")
        assert watcher.query("sum by (reason) (leasegate_bad_requests_total) > 0") == {
            '{"reason": "BadRequest"}': 1,
            '{"reason": "NotFound"}': 1,
        }
        assert watcher.query("sum(leasegate_decisions_total{decision='patched'})")["{}"] >= 1
        quantile = "histogram_quantile(0.5, sum by (le) (leasegate_review_duration_seconds_bucket))"
        assert 0 < watcher.query(quantile)["{}"] < 10
        assert watcher.query("leasegate_ready") == {"{}": 1}
        types = watcher.get("metadata")
        assert types["leasegate_decisions"][0]["type"] == "counter"
        assert types["leasegate_review_duration_seconds"][0]["type"] == "histogram"
