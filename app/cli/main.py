"""The `leasegate` command. Commands are imported when they are called, so that each starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click
from typing_extensions import override

_COMMANDS: Final = {
    "certs": "app.cli.certs",
    "check": "app.cli.check",
    "config": "app.cli.config",
    "policy": "app.cli.policy",
    "rules": "app.cli.rules",
    "schema": "app.cli.schema",
    "serve": "app.cli.serve",
    "version": "app.cli.version",
    "webhooks": "app.cli.webhooks",
}


class _Commands(click.Group):
    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name]).command
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def leasegate() -> None:
    """Admission webhook for Kubernetes LeaseCandidate objects."""
