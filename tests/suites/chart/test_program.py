"""The program understands what the chart gives it, and the chart what the program needs."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any, Final

import click
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given

from app.cli import serve
from app.cli.config_option import key_of
from app.cli.main import leasegate
from app.configuration import parse_document
from app.leasecandidate.rules import RULES, RulesConfiguration, Ruleset
from charts.generator.process import OWNED, process_schema
from tests.cli.processes import serving
from tests.suites.chart.conftest import Manifest, Render, of_kind
from tests.suites.chart.from_schema import FromSchema
from tests.suites.chart.release import flags, pod_template

if TYPE_CHECKING:
    from pathlib import Path


def test_the_program_knows_every_flag_that_it_is_given(render: Render, example: Manifest) -> None:
    manifests = render(example)
    known = {option for parameter in serve.command.params for option in parameter.opts}
    command, *flags = pod_template(manifests)["spec"]["containers"][0]["args"]
    assert command == "serve"
    assert {flag.partition("=")[0] for flag in flags} <= known
    hooks = [pod["spec"] for pod in of_kind(manifests, "Pod")]
    hooks += [job["spec"]["template"]["spec"] for job in of_kind(manifests, "Job")]
    for spec in hooks:
        group, subcommand, *flags = spec["containers"][0]["args"]
        context = click.Context(leasegate)
        found = leasegate.get_command(context, group)
        assert isinstance(found, click.Group)
        options = {option for param in found.commands[subcommand].params for option in param.opts}
        assert {flag.partition("=")[0] for flag in flags} <= options


def test_the_program_reads_the_configuration_that_is_mounted(
    render: Render, example: Manifest, tmp_path: Path
) -> None:
    content = next(
        manifest["data"]["config.yaml"]
        for manifest in of_kind(render(example), "ConfigMap")
        if "config.yaml" in manifest.get("data", {})
    )
    document = parse_document(content.encode())
    wanted = example.get("config", {}).get("rules", {}).get("profile", "recommended")
    assert document.rules.profile == wanted
    (tmp_path / "config.yaml").write_text(content)
    done = CliRunner().invoke(
        leasegate, ["config", f"--config={tmp_path / 'config.yaml'}", "--output=json"]
    )
    assert done.exit_code == 0, done.output
    effective = json.loads(done.output)
    for key, value in (
        {"logFormat": "json"} | example.get("config", {}).get("process", {})
    ).items():
        assert effective[f"process.{key}"] == {"value": value, "origin": "file"}


def test_what_the_templates_decide_on_cannot_be_set_elsewhere(
    render: Render, example: Manifest
) -> None:
    """Flags win over the environment and the file, so a setting there would be without effect."""
    given = {name.replace("-", "_") for name in flags(render(example))} - {"config"}
    assert given - {"max_connections"} <= OWNED
    free = process_schema()["properties"]
    assert isinstance(free, dict)
    assert {
        parameter.name for parameter in serve.command.params if key_of(parameter) in free
    }.isdisjoint(OWNED)


@pytest.mark.parametrize(
    ("process", "is_rolled"),
    [
        pytest.param({"drainSeconds": 11}, True, id="a setting of the process"),
        pytest.param({}, False, id="a rule"),
    ],
)
def test_pods_are_replaced_where_a_change_needs_it(
    render: Render, process: Manifest, *, is_rolled: bool
) -> None:
    before = pod_template(render())
    config = {"process": process, "rules": {"profile": "strict"}}
    assert (pod_template(render({"config": config})) != before) is is_rolled


@pytest.mark.parametrize("profile", ["builtin", "observe", "recommended", "strict"])
@pytest.mark.parametrize("action", ["Deny", "Warn", "Audit", "Off", None])
def test_the_cluster_is_watched_just_where_a_rule_looks_at_siblings(
    render: Render, profile: str, action: str | None
) -> None:
    names = [rule.id for rule in RULES if rule.needs_siblings]
    rules: dict[str, object] = {"profile": profile}
    if action:
        rules["actions"] = dict.fromkeys(names, action)
    configuration = RulesConfiguration.model_validate(rules)
    manifests = render({"config": {"rules": rules}})
    granted = [
        rule["resources"] for role in of_kind(manifests, "ClusterRole") for rule in role["rules"]
    ]
    assert (["leasecandidates"] in granted) is Ruleset(configuration).uses_siblings


PROCESS: Final[Manifest] = process_schema()
# They must fit each other, which no schema can say; the program names the one that does not.
LIFETIMES: Final = {
    *("caLifetimeSeconds", "leafLifetimeSeconds", "lookAheadSeconds"),
    *("propagationSeconds", "clockMarginSeconds"),
}


def choices(key: str) -> list[object]:
    """Return every value of a setting that has a few, and none of one that has many."""
    schema: Manifest = PROCESS["properties"][key]
    return list(schema.get("enum", [False, True] if schema.get("type") == "boolean" else []))


def written(folder: Path, process: Manifest) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"process": process}))
    return path


def in_force(path: Path) -> dict[str, Any]:
    """Return what `leasegate config` says of the settings that the chart takes."""
    done = CliRunner().invoke(leasegate, ["config", f"--config={path}", "--output=json"])
    assert done.exit_code == 0, done.output
    shown = json.loads(done.output)
    return {key: shown[f"process.{key}"]["value"] for key in PROCESS["properties"]}


@pytest.mark.parametrize("number", range(max(len(choices(key)) for key in PROCESS["properties"])))
def test_the_program_starts_with_each_choice_that_the_schema_offers(
    tmp_path: Path, number: int
) -> None:
    offered = {key: found for key in PROCESS["properties"] if (found := choices(key))}
    process = {key: found[number % len(found)] for key, found in offered.items()}
    path = written(tmp_path, process)
    with serving(f"--config={path}", folder=tmp_path):
        assert in_force(path).items() >= process.items()


def test_the_image_has_what_each_setting_needs(root: Path) -> None:
    """The image installs requirements.lock; --traces asks for the packages of an extra."""
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert "leasegate[otel]" in PROCESS["properties"]["traces"]["description"]
    lock = (root / "requirements.lock").read_text()
    for requirement in extras["optional-dependencies"]["otel"]:
        assert f"\n{requirement.partition('>')[0]}==" in lock


@given(
    process=FromSchema(PROCESS, {})
    .values(PROCESS, "")
    .map(lambda process: {key: value for key, value in process.items() if key not in LIFETIMES})
)
def test_the_program_understands_whatever_the_schema_allows_and_says_it_back(
    tmp_path_factory: pytest.TempPathFactory, process: Manifest
) -> None:
    folder = tmp_path_factory.mktemp("process")
    first = in_force(written(folder, process))
    assert first.items() >= process.items()
    given_back = {key: value for key, value in first.items() if value is not None}
    assert in_force(written(folder, given_back)) == first
