"""`leasegate config`: what `serve` would do with the same flags, environment and file, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import yaml
from click.core import ParameterSource

from app.cli import serve
from app.cli.config_option import NOT_IN_THE_FILE, document, key_of
from app.leasecandidate.rules import RULES, RulesConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterable

_ORIGINS: Final = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
}
_BUILT_IN: Final = "built-in"
_VALUE_WIDTH: Final = 40


@dataclass(frozen=True, slots=True)
class _Value:
    """One effective value. `origin`: flag, environment, file, --dev, profile, built-in, default."""

    key: str
    value: object
    origin: str


def _print(output: str, **_flags: object) -> None:
    context = click.get_current_context()
    values = [*_process(context), *_rules(document(context).rules)]
    match output:
        case "json":
            rows = {value.key: {"value": value.value, "origin": value.origin} for value in values}
            click.echo(json.dumps(rows, indent=2))
        case "yaml":
            click.echo(yaml.safe_dump(_file(values), sort_keys=False), nl=False)
        case _:
            width = max(len(value.key) for value in values)
            shown = [(value.key, json.dumps(value.value), value.origin) for value in values]
            value_width = min(max(len(text) for _, text, _ in shown), _VALUE_WIDTH)
            for key, text, origin in shown:
                click.echo(f"{key:{width}}  {text:{value_width}}  {origin}")


def _file(values: Iterable[_Value]) -> dict[str, object]:
    """Return the values as a configuration file has them: without what cannot stand in one."""
    tree: dict[str, object] = {}
    for value in values:
        part, *folders, name = value.key.split(".")
        if value.value is None or value.origin == _BUILT_IN or name in NOT_IN_THE_FILE:
            continue
        branch = tree
        for folder in (part, *folders):
            branch = branch.setdefault(folder, {})  # type: ignore[assignment]
        branch[name] = value.value
    return tree


def _process(context: click.Context) -> list[_Value]:
    values = []
    decided = serve.development(context)
    for parameter in serve.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        origin = _ORIGINS.get(source, "default") if source is not None else "default"
        value = context.params.get(name)
        if name in decided:
            value, origin = decided[name], "--dev"
        values.append(_Value(f"process.{key_of(parameter)}", _plain(value), origin))
    return values


def _plain(value: object) -> object:
    """Return a value as JSON and YAML have it."""
    match value:
        case Enum():
            return value.value
        case tuple() | list():
            return [_plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case Path():
            return str(value)
    return value


def _rules(configuration: RulesConfiguration) -> list[_Value]:
    given = configuration.model_fields_set
    profile = configuration.profile.value
    values = [_Value("rules.profile", profile, "file" if "profile" in given else "default")]
    for rule in RULES:
        if rule.built_in:
            origin = _BUILT_IN
        elif rule.id in configuration.actions:
            origin = "file"
        else:
            origin = "profile"
        action = configuration.action(rule).value
        values.append(_Value(f"rules.actions.{rule.id}", action, origin))
    exemptions = [
        exemption.model_dump(mode="json", exclude_defaults=True)
        for exemption in configuration.exemptions
    ]
    values.append(
        _Value("rules.exemptions", exemptions, "file" if "exemptions" in given else "default")
    )
    settings = configuration.settings
    fields = {field.alias or name: name for name, field in type(settings).model_fields.items()}
    for key, value in settings.model_dump(mode="json").items():
        origin = "file" if fields[key] in settings.model_fields_set else "default"
        values.append(_Value(f"rules.settings.{key}", value, origin))
    return values


command = click.Command(
    "config",
    params=[
        *serve.command.params,
        click.Option(
            ["-o", "--output"],
            type=click.Choice(["text", "json", "yaml"]),
            default="text",
            show_default=True,
            help="A table, one JSON object, or a file for --config.",
        ),
    ],
    callback=_print,
    context_settings=serve.command.context_settings,
    help=(
        "Print the effective configuration of `serve` and where each value came from.\n\n"
        "Takes the flags of `serve`."
    ),
)
