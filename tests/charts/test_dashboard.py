"""The dashboard does what Grafana's own linter asks of one, and mixes no releases."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from charts.generator.dashboard import dashboard

DASHBOARD: dict[str, Any] = json.loads(dashboard())
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
PANELS = [pytest.param(panel, id=panel["title"]) for panel in DASHBOARD["panels"]]
CHOSEN = ("namespace", "job", "instance")


@pytest.mark.parametrize("name", CHOSEN)
def test_releases_are_chosen_by_a_variable_that_offers_all_of_them(name: str) -> None:
    variable = VARIABLES[name]
    assert variable["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert variable["label"] == name.capitalize()
    assert variable["query"].endswith(f", {name})")
    assert (variable["multi"], variable["includeAll"]) == (True, True)
    assert variable["refresh"] == 2  # when the range of time changes
    # Not every Prometheus adds a namespace to what it scrapes; job and instance are always there.
    matched = [value for value in ("", "one") if re.fullmatch(variable["allValue"], value)]
    assert matched == (["", "one"] if name == "namespace" else ["one"])


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_for_the_chosen_releases_and_keeps_them_apart(panel: dict[str, Any]) -> None:
    (target,) = panel["targets"]
    expression = target["expr"]
    selectors = re.findall(r"leasegate_\w+(\{.*?\})", expression)
    assert selectors
    for selector in selectors:
        assert all(f'{name}=~"${name}"' in selector for name in CHOSEN)
    assert all(
        grouped.startswith("namespace, job") for grouped in re.findall(r"by \((.*?)\)", expression)
    )
    assert not re.search(r"(sum|min|max) ?\(", expression)
    for function, interval in re.findall(r"(rate|increase)\([^[]*\[(.*?)\]", expression):
        assert function == "rate"
        assert interval == "$__rate_interval"
    assert ("_total" in expression) <= ("rate(" in expression)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in ("reqps", "s", "short")
    assert panel["datasource"]["uid"] == "${datasource}"


def test_it_is_not_edited_in_place() -> None:
    assert DASHBOARD["editable"] is False
