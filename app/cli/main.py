"""The `leasegate` command. Commands are imported when they are called, so that each starts fast."""

from __future__ import annotations

import gc
import platform
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click
from typing_extensions import override

import app
from app.cli.output import output_errors
from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_COMMANDS: Final = {
    "certs": ("app.cli.certs", "Make, look at and rotate certificates."),
    "check": ("app.cli.check", "Judge LeaseCandidates in files as the server would."),
    "completion": ("app.cli.completion", "Print what makes a shell complete leasegate."),
    "config": ("app.cli.config", "Print the configuration of `serve`, and where it comes from."),
    "explain": (
        "app.cli.explain",
        "Explain who leads a lease, why, what blocks its election, and what helps.",
    ),
    "policy": ("app.cli.policy", "Print the rules as policies that run inside kube-apiserver."),
    "rules": ("app.cli.rules", "List all rules, or say everything of one."),
    "schema": ("app.cli.schema", "Print the JSON Schema of a LeaseCandidate."),
    "serve": ("app.cli.serve", "Serve the admission webhook over HTTPS."),
    "version": ("app.cli.version", "Print the version of leasegate and of its Python."),
    "webhooks": ("app.cli.registration", "Try and remove the registration of the webhooks."),
}
"""The module of each command, and its line in --help, which must not import all modules."""


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
        module, _ = _COMMANDS[cmd_name]
        command: click.Command = _import_for_good(module).command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in sorted(_COMMANDS.items())])

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        with _failures():
            return super().make_context(info_name, args, parent, **extra)

    @override
    def invoke(self, ctx: click.Context) -> object:
        with _failures():
            return super().invoke(ctx)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        with output_errors():
            yield
    except LeasegateError as error:
        raise _Failure(str(error)) from None


def _import_for_good(name: str) -> ModuleType:
    """Import a module, and exempt all objects that exist then from garbage collection.

    Collecting them takes a tenth of the start, and in a server a tenth of a second each time, in
    which no review is answered.
    """
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    app.__version__, message=f"leasegate %(version)s (Python {platform.python_version()})"
)
def leasegate() -> None:
    """Admission webhook for Kubernetes LeaseCandidate objects."""
