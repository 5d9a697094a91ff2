"""The names of an installation's objects: from flags, else from the cluster itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from app.cli.cluster_options import ChosenCluster
    from app.serve.settings import SelfManagedSettings

_NAMES: Final = ("secret_name", "service_name", "webhook_configuration")


class Managed(Protocol):
    """The function that a command with `self_managed_options` gets as `managed`."""

    def __call__(self, *, namespace: str | None = None) -> SelfManagedSettings:
        """Return the settings of the flags; `namespace` is used where they name none."""


def installation(cluster: ChosenCluster, managed: Managed) -> SelfManagedSettings:
    """Return the settings of the flags, with names found in the cluster where no flag names one.

    Raises LeasegateError where there are several installations, or no cluster.
    """
    context = click.get_current_context()
    namespace: str | None = context.params["namespace"]
    if all(context.get_parameter_source(name) is ParameterSource.DEFAULT for name in _NAMES):
        with cluster.open_plain_client() as client:
            from app.cluster.release import find_release  # noqa: PLC0415  needs lightkube

            release = find_release(client, namespace)
        if release is not None:
            return replace(
                managed(namespace=release.namespace),
                secret_name=release.secret,
                service_name=release.service,
                webhook_configuration=release.webhook_configuration,
            )
    return managed(namespace=namespace or cluster.namespace)
