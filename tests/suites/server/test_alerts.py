"""The chart's alerts fire when they should, and only then, as Prometheus itself evaluates them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from app.server.metrics import create_metrics
from app.server.metrics.elections import ElectionSamples

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
ALERTS = ROOT / "charts" / "leasegate" / "files" / "alerts.yaml"
CASES = Path(__file__).parent / "alerts.test.yaml"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def evaluate(promtool: Path, folder: Path, alerts: str) -> subprocess.CompletedProcess[str]:
    """Run the cases against `alerts`; their annotations are texts and not compared."""
    stripped = yaml.safe_load(alerts)
    for rule in stripped["groups"][0]["rules"]:
        del rule["annotations"]
    (folder / "alerts.yaml").write_text(yaml.safe_dump(stripped))
    cases = yaml.safe_load(CASES.read_text()) | {"rule_files": ["alerts.yaml"]}
    (folder / "cases.yaml").write_text(yaml.safe_dump(cases))
    return subprocess.run(
        [promtool, "test", "rules", "cases.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_alert_fires_when_it_should(
    prometheus_programs: Mapping[str, Path], tmp_path: Path
) -> None:
    done = evaluate(prometheus_programs["promtool"], tmp_path, ALERTS.read_text())
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", [rule["alert"] for rule in rules()])
def test_no_case_would_pass_with_an_alert_that_never_fires(
    prometheus_programs: Mapping[str, Path], tmp_path: Path, alert: str
) -> None:
    tree = yaml.safe_load(ALERTS.read_text())
    for rule in tree["groups"][0]["rules"]:
        if rule["alert"] == alert:
            rule["expr"] = f"({rule['expr']}) and vector(1) > 2"
    done = evaluate(prometheus_programs["promtool"], tmp_path, yaml.safe_dump(tree))
    assert done.returncode != 0


def test_the_rules_are_well_formed(prometheus_programs: Mapping[str, Path]) -> None:
    command = [str(prometheus_programs["promtool"]), "check", "rules", str(ALERTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"].keys() - {"runbook"} == {"summary", "description"}


def test_each_runbook_is_a_section_of_a_page() -> None:
    runbooks = [rule["annotations"].get("runbook", "") for rule in rules()]
    assert sum(map(bool, runbooks)) == 5
    for runbook in filter(None, runbooks):
        page, _, section = runbook.partition("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
        assert section in {heading.lower().replace(" ", "-") for heading in headings}


def test_alerts_and_dashboard_ask_for_metrics_that_there_are() -> None:
    metrics = create_metrics()
    metrics.elections.watch(ElectionSamples, float)
    known = {
        name
        for family in metrics.registry.collect()
        for name in (family.name, *(f"{family.name}_{end}" for end in ("total", "bucket", "info")))
    }
    dashboard = ALERTS.with_name("dashboard.json").read_text()
    asked = set(re.findall(r"leasegate_[a-z_]+", "".join(rule["expr"] for rule in rules())))
    asked |= set(re.findall(r"leasegate_[a-z_]+", dashboard))
    assert len(asked) > 8
    assert asked <= known
