"""`leasegate config`: what `serve` would do with the same flags, environment and file, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass

import click
from click.core import ParameterSource

from app.cli import serve
from app.cli.config_option import document, key_of
from app.leasecandidate.rules import RULES, RulesConfiguration

_ORIGINS = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
}


@dataclass(frozen=True, slots=True)
class _Value:
    """One effective value. `origin`: flag, environment, file, profile, built-in or default."""

    key: str
    value: object
    origin: str


def _print(output: str, **_flags: object) -> None:
    context = click.get_current_context()
    values = [*_process(context), *_rules(document(context).rules)]
    if output == "json":
        rows = {value.key: {"value": value.value, "origin": value.origin} for value in values}
        click.echo(json.dumps(rows, indent=2))
        return
    width = max(len(value.key) for value in values)
    shown = [(value.key, json.dumps(value.value), value.origin) for value in values]
    value_width = min(max(len(text) for _, text, _ in shown), 40)
    for key, text, origin in shown:
        click.echo(f"{key:{width}}  {text:{value_width}}  {origin}")


def _process(context: click.Context) -> list[_Value]:
    values = []
    for parameter in serve.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        value = context.params.get(name)
        shown = value if isinstance(value, bool | int | float | None) else str(value)
        origin = _ORIGINS.get(source, "default") if source is not None else "default"
        values.append(_Value(f"process.{key_of(parameter)}", shown, origin))
    return values


def _rules(configuration: RulesConfiguration) -> list[_Value]:
    given = configuration.model_fields_set
    values = [
        _Value(
            "rules.profile",
            configuration.profile.value,
            "file" if "profile" in given else "default",
        )
    ]
    for rule in RULES:
        if rule.built_in:
            origin = "built-in"
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
    for key, value in settings.model_dump(mode="json").items():
        name = next(
            name for name, field in type(settings).model_fields.items() if field.alias == key
        )
        origin = "file" if name in settings.model_fields_set else "default"
        values.append(_Value(f"rules.settings.{key}", value, origin))
    return values


command = click.Command(
    "config",
    params=[
        *serve.command.params,
        click.Option(
            ["--output"],
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="A table, or one JSON object.",
        ),
    ],
    callback=_print,
    context_settings=serve.command.context_settings,
    help=(
        "Print the effective configuration of `serve` and where each value came from.\n\n"
        "Takes the flags of `serve`."
    ),
)
