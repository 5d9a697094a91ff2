"""What `config.process` may hold: the flags of `leasegate serve` that no other value decides on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from app.cli import serve
from app.cli.config_option import NOT_IN_THE_FILE, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, object]

OWNED: Final = frozenset(
    {
        *("host", "port", "operations_host", "operations_port"),
        *("certificates", "tls_cert_file", "tls_private_key_file", "tls_name"),
        *("client_ca_file", "client_name"),
        *("namespace", "secret_name", "service_name", "webhook_configuration"),
    }
)
"""Parameters of `serve` that the templates give as flags or in the environment."""

# No use in a pod: folders that it does not have, and a cluster that is its own.
_OUT_OF_PLACE: Final = frozenset({"certificates_folder", "kubeconfig", "replica_name"})


def process_schema() -> Schema:
    """Return the schema of `config.process`."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key_of(parameter): _schema_of(parameter)
            for parameter in _parameters(NOT_IN_THE_FILE | OWNED | _OUT_OF_PLACE)
        },
    }


def owned_flags() -> str:
    """Return the pattern of flags that extraArgs may not give: they would win over the chart's.

    The time of the drain is among them, since it must fit into terminationGracePeriodSeconds, and
    what decides on rights.
    """
    names = [
        option.removeprefix("--")
        for parameter in serve.command.params
        if parameter.name in OWNED | {"config", "dev", "drain_seconds", "watch_leases"}
        for option in parameter.opts
    ]
    return f"^--({'|'.join(sorted(names))})(=|$)"


def owned_variables() -> list[str]:
    """Return the names that extraEnv may not have, for the same reasons."""
    return ["LEASEGATE_DRAIN_SECONDS", "LEASEGATE_NAMESPACE", "LEASEGATE_WATCH_LEASES"]


def _parameters(without: frozenset[str]) -> Iterator[click.Option]:
    for parameter in serve.command.params:
        if isinstance(parameter, click.Option) and parameter.name not in without:
            yield parameter


def _schema_of(option: click.Option) -> Schema:
    text: Schema = {"description": option.help or ""}
    if option.is_flag:
        return text | {"type": "boolean"}
    match option.type:
        case click.Choice() as choice:
            return text | {"enum": [str(getattr(item, "value", item)) for item in choice.choices]}
        case click.IntRange() as numbers:
            return text | {"type": "integer"} | _range(numbers)
        case click.FloatRange() as numbers:
            return text | {"type": "number"} | _range(numbers)
        case _:
            return text | {"type": "string"}


def _range(numbers: click.IntRange | click.FloatRange) -> Schema:
    found: Schema = {}
    if numbers.min is not None:
        found["exclusiveMinimum" if numbers.min_open else "minimum"] = numbers.min
    if numbers.max is not None:
        found["exclusiveMaximum" if numbers.max_open else "maximum"] = numbers.max
    return found
