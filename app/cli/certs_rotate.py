"""`leasegate certs rotate`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.cli.certs_status import client_of
from app.cli.self_managed_options import self_managed_options
from app.errors import LeasegateError
from app.pki.secret_state import read_contents, write_contents
from app.pki.stores import StoreError, StoreProblem
from app.serve.certificates import stores_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lightkube import AsyncClient

    from app.serve.settings import SelfManagedSettings

_TRIES: Final = 10
_SHOWN: Final = 12


@click.command("rotate", context_settings={"auto_envvar_prefix": "LEASEGATE", "show_default": True})
@self_managed_options
@click.option("--kubeconfig", type=click.Path(path_type=Path), default=None, help="Cluster to ask.")
def rotate(*, managed: Callable[[], SelfManagedSettings], kubeconfig: Path | None) -> None:
    """Ask the replicas to replace the self-managed CA now, in the same steps as ever.

    The wish is written to the Secret; `leasegate certs status` shows how far they are.
    """
    settings = managed()
    click.echo(asyncio.run(_rotate(client_of(kubeconfig), settings)))


async def _rotate(client: AsyncClient, settings: SelfManagedSettings) -> str:
    secret = stores_of(client, settings).secret
    try:
        for _ in range(_TRIES):
            stored = await secret.read()
            contents = read_contents(stored.data, names=(), others=(), keep_unknown_until=0)
            state = contents.state
            if contents.flaws or state.newest is None or state.leaf is None:
                reason = "; ".join(contents.flaws) or "it holds no certificates yet"
                raise LeasegateError(
                    f"the Secret {settings.namespace}/{settings.secret_name} cannot be rotated: "
                    f"{reason}; a running replica repairs it"
                )
            newest = state.newest.fingerprint
            if state.leaf.issuer != newest:
                return f"The CA is being replaced by {newest[:_SHOWN]} already."
            wanted = replace(contents, state=replace(state, unwanted=newest))
            try:
                await secret.write(write_contents(wanted), stored.version)
            except StoreError as error:
                if error.problem is not StoreProblem.CONFLICT:
                    raise
            else:
                return f"Asked the replicas to replace the CA {newest[:_SHOWN]}."
    finally:
        await client.close()
    raise LeasegateError("the Secret changes all the time; try again")
