"""Chart.yaml says what pyproject.toml says, so that there is one place to fill in."""

from __future__ import annotations

from typing import Any

import yaml

from app import __version__
from charts.generator.chart import chart_yaml

CHANGELOG = f"""# Changelog

## [Unreleased]

### Added

- Chart: not yet.

## [{__version__}] - 2026-11-27

### Added

- A Helm chart: it
  fits.
- What has nothing to do with it, and not with uncharted things.

### Fixed

- The chart's hook.

## [0.0.1] - 2026-01-01

### Added

- A chart of old.
"""
PROJECT: dict[str, Any] = {"description": "A webhook", "license": "Apache-2.0"}


def test_what_is_not_known_yet_is_left_out() -> None:
    chart = yaml.safe_load(chart_yaml(PROJECT, CHANGELOG))
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    assert not {"home", "sources", "icon", "maintainers"} & chart.keys()


def test_what_is_filled_in_is_what_the_chart_says() -> None:
    urls = {name: f"https://gate.test/{name}" for name in ("Homepage", "Source", "Icon")}
    maintainers = [{"name": "Somebody", "email": "somebody@gate.test"}]
    chart = yaml.safe_load(
        chart_yaml(PROJECT | {"urls": urls, "maintainers": maintainers}, CHANGELOG)
    )
    assert chart["home"] == urls["Homepage"]
    assert chart["sources"] == [urls["Source"]]
    assert chart["icon"] == urls["Icon"]
    assert chart["maintainers"] == maintainers


def test_changes_are_what_the_changelog_says_of_the_chart_in_this_version() -> None:
    annotations = yaml.safe_load(chart_yaml(PROJECT, CHANGELOG))["annotations"]
    assert yaml.safe_load(annotations["artifacthub.io/changes"]) == [
        {"kind": "added", "description": "A Helm chart: it fits."},
        {"kind": "fixed", "description": "The chart's hook."},
    ]


def test_a_version_without_changes_of_the_chart_has_no_annotation_for_them() -> None:
    assert "artifacthub.io/changes" not in chart_yaml(PROJECT, "# Changelog\n")
