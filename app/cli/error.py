"""How a command says that it cannot do what it was asked."""

from __future__ import annotations

import click


class CommandError(click.ClickException):
    """Unusable input or surroundings: one line on standard error, exit code 2."""

    exit_code = 2
