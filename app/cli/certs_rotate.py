"""`leasegate certs rotate`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import click

from app.cli.cluster_options import ChosenCluster, connection_options
from app.cli.installation import Managed, installation
from app.cli.self_managed_options import self_managed_options
from app.pki.rotation_request import ask_for_rotation
from app.serve.certificates import stores_of


@click.command("rotate", context_settings={"auto_envvar_prefix": "LEASEGATE", "show_default": True})
@self_managed_options
@click.option(
    "--revoke",
    is_flag=True,
    help="Trust no CA of now any longer than replicas need to sign by the new one.",
)
@connection_options
def rotate(*, managed: Managed, cluster: ChosenCluster, revoke: bool) -> None:
    """Ask the replicas to replace the self-managed CA now, in the same steps as ever.

    The wish is written to the Secret; `leasegate certs status` shows how far they are.
    """
    settings = installation(cluster, managed)

    async def ask() -> str:
        client = cluster.open_client()
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
