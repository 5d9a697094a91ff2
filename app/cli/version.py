"""`leasegate version`."""

from __future__ import annotations

import platform

import click

import app


@click.command("version")
def command() -> None:
    """Print the version of leasegate and of the Python that runs it."""
    click.echo(f"leasegate {app.__version__} (Python {platform.python_version()})")
