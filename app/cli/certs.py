"""`leasegate certs ...`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.certs_rotate import rotate
from app.cli.certs_status import status
from app.pki.development import ensure_development_certificates


@click.group("certs")
def command() -> None:
    """Make, look at and rotate certificates."""


command.add_command(status)
command.add_command(rotate)


@command.command("dev")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("certs"),
    show_default=True,
    envvar="LEASEGATE_CERTIFICATES_FOLDER",
    show_envvar=True,
    help="Where ca.crt, ca.key, tls.crt and tls.key land.",
)
@click.option("--force", is_flag=True, help="Make everything anew, the CA too.")
def dev(folder: Path, *, force: bool) -> None:
    """Make development certificates for localhost, unless good ones are there."""
    made = ensure_development_certificates(folder, now=datetime.now(UTC), force=force)
    click.echo(made.summary)
