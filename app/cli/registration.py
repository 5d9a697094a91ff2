"""`leasegate webhooks ...`: what the hooks of the Helm chart run."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

_KUBECONFIG = click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    default=None,
    envvar="LEASEGATE_KUBECONFIG",
    show_envvar=True,
    help="The cluster; in a pod its own one is taken.",
)


@click.group("webhooks")
def command() -> None:
    """Try and remove the registration of the webhooks."""


@command.command("remove")
@_KUBECONFIG
@click.option("--name", required=True, help="Name of both webhook configurations.")
def remove(kubeconfig: Path | None, name: str) -> None:
    """Delete both webhook configurations, so that nothing waits for pods that are going."""
    from app.cluster.registration import remove as remove_registration  # noqa: PLC0415

    with _client(kubeconfig) as client:
        removed = remove_registration(client, name)
    for registration in removed:
        click.echo(f"removed {registration}")
    if not removed:
        click.echo(f"there is no webhook configuration {name}")


@command.command("test")
@_KUBECONFIG
@click.option("--namespace", required=True, help="A namespace that the webhooks cover.")
@click.option(
    "--webhook",
    "names",
    type=click.Choice(["validate", "mutate"]),
    multiple=True,
    default=["validate", "mutate"],
    show_default=True,
    help="The webhook that must have its say; may be given again. The validating one is silent "
    "where the rule lease-name-not-dns neither denies nor warns.",
)
def test(kubeconfig: Path | None, namespace: str, names: tuple[str, ...]) -> None:
    """Create candidates by dry-run and see that leasegate was asked. Nothing is stored."""
    from app.cluster.registration import Webhook, try_admission  # noqa: PLC0415

    with _client(kubeconfig) as client:
        trial = try_admission(client, namespace, [Webhook(name) for name in names])
    click.echo(trial.finding)
    click.get_current_context().exit(0 if trial.passed else 1)


@contextmanager
def _client(kubeconfig: Path | None) -> Iterator[httpx2.Client]:
    try:
        import httpx2  # noqa: PLC0415

        from app.cluster.connection import connect_once  # noqa: PLC0415
    except ImportError:
        raise LeasegateError(
            "lightkube is not installed, which talks to the API server; install leasegate[cluster]"
        ) from None
    try:
        with connect_once(kubeconfig) as client:
            yield client
    except httpx2.HTTPError as error:
        raise LeasegateError(f"the API server cannot be reached: {error}") from None
