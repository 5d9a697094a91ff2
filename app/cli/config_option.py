"""The `--config` flag: the file has defaults of the other flags, and the rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.configuration import ConfigurationError, Document, read_document
from app.configuration.problems import nearest
from app.leasecandidate.rules import RulesConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.leasecandidate.rules import Profile

    Command = TypeVar("Command", bound=Callable[..., object])

# Flags that choose the file itself, or stand for several others, cannot be set in it.
NOT_IN_THE_FILE = frozenset({"config", "dev", "help", "now"})


def configuration_option(command: Command) -> Command:
    """Add `--config FILE`; the command gets the path as `config`, the Document from `document`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        is_eager=True,
        callback=_read,
        help="Configuration file in YAML; flags and environment have precedence over it.",
    )(command)


def document(context: click.Context) -> Document:
    """Return what the configuration file holds; the defaults where there is none."""
    found = context.meta.get(_META_KEY)
    return found if isinstance(found, Document) else Document()


def configured_rules(path: Path | None, profile: Profile | None) -> RulesConfiguration:
    """Return the rules of a configuration file, the default ones without; `profile` overrides."""
    rules = read_document(path).rules if path is not None else RulesConfiguration()
    return rules if profile is None else rules.model_copy(update={"profile": profile})


def key_of(parameter: click.Parameter) -> str:
    """Return the key of the `process:` part that stands for a flag: camelCase."""
    first, *others = (parameter.name or "").split("_")
    return first + "".join(word.capitalize() for word in others)


_META_KEY = "leasegate.configuration"


def _read(context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    if path is None:
        return None
    # Where nobody would be left to answer, what another version knows is no reason to end.
    found = read_document(path, tolerant=context.command.name == "serve")
    context.default_map = _defaults(context, found.process)
    context.meta[_META_KEY] = found
    return path


def _defaults(context: click.Context, process: Mapping[str, object]) -> dict[str, object]:
    parameters = {
        key_of(parameter): parameter
        for parameter in context.command.params
        if parameter.name not in NOT_IN_THE_FILE
    }
    for key, value in process.items():
        if (parameter := parameters.get(key)) is None:
            raise ConfigurationError(f"process: there is no key {key!r}{nearest(key, parameters)}")
        is_many = isinstance(parameter, click.Option) and parameter.multiple
        if is_many is not isinstance(value, list) and value is not None:
            must = f"a list, such as [{value}]" if is_many else "one value, not a list"
            raise ConfigurationError(f"process.{key}: must be {must}")
    return {parameters[key].name or "": value for key, value in process.items()}
