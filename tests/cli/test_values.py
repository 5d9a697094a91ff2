"""One spelling for every value: in the chart's schema, flags, files and what `config` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from app.cli import serve
from app.cli.main import leasegate
from tests.cli.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.serve.settings import ServeSettings

SCHEMA = json.loads((ROOT / "charts/leasegate/values.schema.json").read_text())
PROCESS = SCHEMA["properties"]["config"]["properties"]["process"]["properties"]


def values_of(key: str, schema: dict[str, Any]) -> Iterator[object]:
    """Yield each value of an enumeration, the ends of a range, and one or two of anything else."""
    if "enum" in schema:
        yield from schema["enum"]
        return
    match schema.get("type"):
        case "boolean":
            yield from (True, False)
        case "integer" | "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            yield from (low, schema.get("maximum", low + 1))
        case "string":
            yield "here"
        case "array":
            yield from ([], ["one.example", "two.example"])
        case other:
            raise AssertionError(f"{key} has the type {other}")


ALL = [(key, value) for key, schema in PROCESS.items() for value in values_of(key, schema)]


def started(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> ServeSettings:
    """Return the settings with which `serve` would have begun to serve."""
    settings: list[ServeSettings] = []
    monkeypatch.setattr(serve, "run_server", lambda found, *_: settings.append(found))
    flags = ["--tls-cert-file=/dev/null", "--namespace=default", *arguments]
    result = CliRunner().invoke(leasegate, ["serve", *flags])
    assert result.exit_code == 0, result.output
    return settings[0]


@pytest.mark.parametrize(("key", "value"), ALL, ids=[f"{key}={value}" for key, value in ALL])
def test_the_program_starts_with_what_the_chart_allows_and_prints_it_as_it_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: object
) -> None:
    given = tmp_path / "given.yaml"
    process: dict[str, object] = {key: value}
    if key.startswith("client"):
        process = {"clientCaFile": "ca.crt", "clientName": ["kube-apiserver"]} | process
        if not process["clientName"]:
            return  # a CA alone is refused on purpose
    given.write_text(yaml.safe_dump({"process": process}))
    settings = started(monkeypatch, f"--config={given}")
    printed = CliRunner().invoke(leasegate, ["config", f"--config={given}", "-o", "yaml"])
    assert printed.exit_code == 0, printed.output
    assert yaml.safe_load(printed.stdout)["process"][key] == value
    again = tmp_path / "again.yaml"
    again.write_text(printed.stdout)
    assert started(monkeypatch, f"--config={again}") == settings
