"""`leasegate webhooks ...`: what the hooks of the Helm chart run."""

from __future__ import annotations

import click

from app.cli.cluster_options import ChosenCluster, cluster_options


@click.group("webhooks")
def command() -> None:
    """Try and remove the registration of the webhooks."""


@command.command("remove")
@cluster_options
@click.option("--name", required=True, help="Name of both webhook configurations.")
def remove(*, cluster: ChosenCluster, name: str) -> None:
    """Delete both webhook configurations, so that nothing waits for pods that are going."""
    from app.cluster.registration import remove as remove_registration  # noqa: PLC0415

    with cluster.open_plain_client() as client:
        removed = remove_registration(client, name)
    for registration in removed:
        click.echo(f"removed {registration}")
    if not removed:
        click.echo(f"there is no webhook configuration {name}")


@command.command("test")
@cluster_options
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
def test(*, cluster: ChosenCluster, names: tuple[str, ...]) -> None:
    """Create candidates by dry-run and see that leasegate was asked. Nothing is stored.

    The namespace must be one that the webhooks cover.
    """
    from app.cluster.registration import Webhook, try_admission  # noqa: PLC0415

    with cluster.open_plain_client() as client:
        trial = try_admission(client, cluster.namespace, [Webhook(name) for name in names])
    click.echo(trial.finding)
    click.get_current_context().exit(0 if trial.passed else 1)
