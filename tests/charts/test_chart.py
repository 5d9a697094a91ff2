"""Chart.yaml says what pyproject.toml says, so that there is one place to fill in."""

from __future__ import annotations

from typing import Any

import yaml

from app import __version__
from charts.generator.chart import chart_yaml

PROJECT: dict[str, Any] = {"description": "A webhook", "license": "Apache-2.0"}


def test_what_is_not_known_yet_is_left_out() -> None:
    chart = yaml.safe_load(chart_yaml(PROJECT))
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    assert not {"home", "sources", "icon", "maintainers"} & chart.keys()


def test_what_is_filled_in_is_what_the_chart_says() -> None:
    urls = {name: f"https://gate.test/{name}" for name in ("Homepage", "Source", "Icon")}
    maintainers = [{"name": "Somebody", "email": "somebody@gate.test"}]
    chart = yaml.safe_load(chart_yaml(PROJECT | {"urls": urls, "maintainers": maintainers}))
    assert chart["home"] == urls["Homepage"]
    assert chart["sources"] == [urls["Source"]]
    assert chart["icon"] == urls["Icon"]
    assert chart["maintainers"] == maintainers
