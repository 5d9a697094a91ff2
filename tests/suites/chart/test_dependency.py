"""The chart as a part of another one, which switches it on and off and shares values with it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import helm_python
import pytest
import yaml

from charts.generator.files import CHART
from tests.suites.chart.conftest import Render
from tests.suites.chart.release import pod_template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.suites.chart.conftest import Manifest

UMBRELLA = {
    "apiVersion": "v2",
    "name": "platform",
    "version": "1.0.0",
    "dependencies": [
        {
            "name": "leasegate",
            "version": ">=0.0.0",
            "repository": "",
            "condition": "leasegate.enabled",
            "tags": ["admission"],
        }
    ],
}


@pytest.fixture
def render_umbrella(tmp_path: Path) -> Callable[[Manifest], list[Manifest]]:
    """Return the function that renders a chart of which ours is a dependency, with values given."""
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(UMBRELLA))
    shutil.copytree(CHART, tmp_path / "charts" / "leasegate")

    def render(values: Manifest) -> list[Manifest]:
        (tmp_path / "values.yaml").write_text("{}")
        with helm_python.Chart.load(str(tmp_path)) as chart:
            return Render(chart)(values)

    return render


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"leasegate": {"enabled": True}}, id="by its condition"),
        pytest.param({"leasegate": {"enabled": True}, "tags": {"admission": True}}, id="by a tag"),
        pytest.param(
            {"leasegate": {"enabled": True, "tags": {"admission": True}, "global": {"a": 1}}},
            id="with everything that Helm may hand over",
        ),
        pytest.param({"leasegate": {}, "global": {"clusterName": "one"}}, id="with shared values"),
    ],
)
def test_another_chart_may_switch_it_on(
    render_umbrella: Callable[[Manifest], list[Manifest]], values: Manifest
) -> None:
    assert pod_template(render_umbrella(values))["spec"]["containers"][0]["name"] == "leasegate"


def test_the_registry_of_the_umbrella_holds(
    render_umbrella: Callable[[Manifest], list[Manifest]],
) -> None:
    manifests = render_umbrella({"global": {"imageRegistry": "registry.test"}})
    image = pod_template(manifests)["spec"]["containers"][0]["image"]
    assert image == "registry.test/leasegate:0.1.0"


def test_null_leaves_a_default_out_there_too(
    render_umbrella: Callable[[Manifest], list[Manifest]],
) -> None:
    ids = {"runAsUser": None, "runAsGroup": None, "fsGroup": None}
    manifests = render_umbrella({"leasegate": {"podSecurityContext": ids}})
    context = pod_template(manifests)["spec"]["securityContext"]
    assert context == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_an_unknown_value_is_refused_there_too(
    render_umbrella: Callable[[Manifest], list[Manifest]],
) -> None:
    with pytest.raises(helm_python.HelmError, match="replicas"):
        render_umbrella({"leasegate": {"enabled": True, "replicas": 3}})
