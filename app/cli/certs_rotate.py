"""`leasegate certs rotate`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.certs_status import client_of
from app.cli.self_managed_options import self_managed_options
from app.pki.rotation_request import ask_for_rotation
from app.serve.certificates import stores_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.serve.settings import SelfManagedSettings


@click.command("rotate", context_settings={"auto_envvar_prefix": "LEASEGATE", "show_default": True})
@self_managed_options
@click.option(
    "--revoke",
    is_flag=True,
    help="Trust no CA of now any longer than replicas need to sign by the new one.",
)
@click.option("--kubeconfig", type=click.Path(path_type=Path), default=None, help="Cluster to ask.")
def rotate(
    *, managed: Callable[[], SelfManagedSettings], revoke: bool, kubeconfig: Path | None
) -> None:
    """Ask the replicas to replace the self-managed CA now, in the same steps as ever.

    The wish is written to the Secret; `leasegate certs status` shows how far they are.
    """
    settings = managed()

    async def ask() -> str:
        client = client_of(kubeconfig)
        try:
            return await ask_for_rotation(
                stores_of(client, settings).secret,
                now=datetime.now(UTC).timestamp(),
                lifetimes=settings.lifetimes,
                revoke=revoke,
            )
        finally:
            await client.close()

    click.echo(asyncio.run(ask()))
