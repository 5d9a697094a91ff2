"""The `leasegate` command. Commands are imported when they are called, so that each starts fast."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click
from typing_extensions import override

from app.errors import LeasegateError

if TYPE_CHECKING:
    from types import ModuleType

_COMMANDS: Final = {
    "certs": "app.cli.certs",
    "check": "app.cli.check",
    "config": "app.cli.config",
    "explain": "app.cli.explain",
    "policy": "app.cli.policy",
    "rules": "app.cli.rules",
    "schema": "app.cli.schema",
    "serve": "app.cli.serve",
    "version": "app.cli.version",
    "webhooks": "app.cli.registration",
}


class _Failure(click.ClickException):
    exit_code = 2


class _Commands(click.Group):
    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = _import_for_good(_COMMANDS[cmd_name]).command
        return command

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LeasegateError as error:
            raise _Failure(str(error)) from None


def _import_for_good(name: str) -> ModuleType:
    """Import a module, and have the garbage collector look at nothing that came with it.

    It would take a tenth of the start, and of a server a tenth of a second each time later, in
    which nobody is answered.
    """
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def leasegate() -> None:
    """Admission webhook for Kubernetes LeaseCandidate objects."""
