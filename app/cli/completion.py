"""`leasegate completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from app.errors import LeasegateError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes a shell complete leasegate's commands, flags and rules.

    bash: source <(leasegate completion bash), in ~/.bashrc. zsh: likewise, in ~/.zshrc.
    fish: leasegate completion fish > ~/.config/fish/completions/leasegate.fish
    """
    made = get_completion_class(shell)
    if made is None:
        raise LeasegateError(f"click cannot complete for {shell}")
    program = click.get_current_context().find_root().command
    click.echo(made(program, {}, "leasegate", "_LEASEGATE_COMPLETE").source())
