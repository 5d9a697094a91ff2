"""What docs/configuration.md says: one complete file, from the flags and models that read it."""

from __future__ import annotations

import json
from enum import Enum
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import click

from app.cli import serve
from app.cli.config_option import NOT_IN_THE_FILE, key_of
from app.leasecandidate.rules import ADDED_RULES, Profile, RulesConfiguration, RuleSettings
from app.leasecandidate.rules.ruleset import Exemption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

_WIDTH: Final = 110
_EXEMPTION: Final = Exemption(
    reason="the team of this namespace tries releases that are not final",
    rules=("version-not-final",),
    namespaces=("staging",),
    users=("system:serviceaccount:staging:candidate",),
    groups=("system:masters",),
)


def _file() -> str:
    return "\n".join(["```yaml", "process:", *_process(), "rules:", *_rules(), "```", ""])


def _process() -> Iterator[str]:
    for parameter in serve.command.params:
        if not isinstance(parameter, click.Option) or parameter.name in NOT_IN_THE_FILE:
            continue
        yield from _comment(f"{parameter.help or ''}{_choices(parameter.type)}", 2)
        default = parameter.to_info_dict()["default"]
        if parameter.multiple:
            default = list(default or ())
        shown = _value(default)
        yield f"  {'# ' if shown == 'null' else ''}{key_of(parameter)}: {shown}"


def _choices(kind: object) -> str:
    if not isinstance(kind, click.Choice):
        return ""
    names = [choice.value if isinstance(choice, Enum) else str(choice) for choice in kind.choices]
    return f" One of {', '.join(names)}."


def _rules() -> Iterator[str]:
    yield from _comment(f"One of {', '.join(Profile)}.", 2)
    yield f"  profile: {RulesConfiguration().profile}"
    yield from _comment(_description(RulesConfiguration, "actions"), 2)
    yield from _comment("Deny, Warn, Audit or Off; shown are those of the profile.", 2)
    yield "  actions:"
    for rule in ADDED_RULES:
        yield f"    {rule.id}: {RulesConfiguration().action(rule)}"
    yield from _comment(
        "Writes that added rules do not judge; each list that is given must match.", 2
    )
    yield "  exemptions:"
    bullet = "-"
    for name, field in Exemption.model_fields.items():
        if field.description:
            yield from _comment(field.description, 6)
        yield f"    {bullet} {field.alias}: {json.dumps(getattr(_EXEMPTION, name))}"
        bullet = " "
    yield "  settings:"
    defaults = RuleSettings().model_dump(mode="json")
    for key, (name, value) in zip(RuleSettings.model_fields, defaults.items(), strict=True):
        yield from _comment(_description(RuleSettings, key), 4)
        yield f"    {name}: {json.dumps(value)}"


def _description(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].description or ""


def _value(value: object) -> str:
    if isinstance(value, Enum):
        value = value.value
    return json.dumps(value if isinstance(value, bool | int | float | list | None) else str(value))


def _comment(text: str, indent: int) -> Iterator[str]:
    for line in wrap(text, _WIDTH - indent):
        yield f"{' ' * indent}# {line}"


PARTS: Final[dict[str, Callable[[], str]]] = {"file": _file}
