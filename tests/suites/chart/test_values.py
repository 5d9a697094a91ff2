"""The values, the templates that read them and the files generated from the program agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from charts.generator.files import CHART, generated_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.suites.chart.conftest import Manifest


def test_the_generated_files_are_as_they_would_be_generated_now() -> None:
    for name, content in generated_files().items():
        assert (CHART / name).read_text() == content, f"{name}: run `make docs`"


def templates() -> list[Path]:
    return [path for path in (CHART / "templates").rglob("*") if path.is_file()]


LABELS = "monitoring.dashboard.labels"
# Maps whose keys belong to others.
FREE = (
    *("certificates.certManager.issuerRef", "config.process", "config.rules", "resources"),
    *("podSecurityContext", "securityContext"),
    *("probes.liveness", "probes.readiness", "probes.startup"),
)
# What is read through a variable or `get`.
READ_OTHERWISE = {
    *("certificates.certManager.issuerRef", "certificates.existing.caBundle"),
    *("webhooks.mutating.enabled", "webhooks.validating.enabled"),
    *("probes.liveness", "probes.readiness", "probes.startup"),
}


def paths(values: Manifest, prefix: str = "") -> set[str]:
    """Return the dotted path of each value that is no map of fixed keys."""
    found: set[str] = set()
    for key, value in values.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and path not in (*FREE, LABELS):
            found |= paths(value, f"{path}.")
        else:
            found.add(path)
    return found


def test_every_value_is_used_and_every_used_value_is_there() -> None:
    known = paths(yaml.safe_load((CHART / "values.yaml").read_text()))
    text = "".join(path.read_text() for path in templates())
    used = {match.strip(".") for match in re.findall(r"\.Values\.([A-Za-z.]+)", text)}
    for path in used:
        inside = any(path.startswith(f"{leaf}.") for leaf in known)
        above = any(leaf.startswith(f"{path}.") for leaf in known)
        assert path in known or inside or above, f".Values.{path} is not in values.yaml"
    used |= READ_OTHERWISE
    used |= {path.rpartition(".")[0] for path in used if path.startswith("config.rules")}
    unused = {leaf for leaf in known if leaf not in used and not is_inside_used(leaf, text)}
    assert not unused


def is_inside_used(leaf: str, text: str) -> bool:
    """Say whether the whole map around a value is written out."""
    parent = leaf.rpartition(".")[0]
    return bool(parent) and any(
        f"{reads} .Values.{parent}" in text for reads in ("toYaml", "{{- with")
    )
