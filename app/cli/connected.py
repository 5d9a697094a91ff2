"""Connects a command that reads to the cluster that kubectl would talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.error import CommandError

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Client


def connected(kubeconfig: Path | None, context: str | None) -> tuple[Client, str]:
    """Return a client of the API server, and the namespace of the context.

    Raises CommandError where there is no cluster to talk to.
    """
    try:
        import httpx2  # noqa: PLC0415  only here, since most commands need no cluster
        from lightkube import KubeConfig  # noqa: PLC0415
        from lightkube.config.client_adapter import user_auth, verify_cluster  # noqa: PLC0415
        from lightkube.config.models import User  # noqa: PLC0415
        from lightkube.core.exceptions import ConfigError  # noqa: PLC0415
    except ImportError:
        raise CommandError(
            "lightkube is not installed, which talks to the API server; install "
            "leasegate[cluster], or give files with -f"
        ) from None
    try:
        loaded = KubeConfig.from_env() if kubeconfig is None else KubeConfig.from_file(kubeconfig)
        config = loaded.get(context)
        if config is None:
            raise CommandError("the kubeconfig has no current context; give --context")
        verify = verify_cluster(config.cluster, config.user or User(), config.abs_file)
        client = httpx2.Client(
            base_url=config.cluster.server, verify=verify, auth=user_auth(config.user)
        )
    except (ConfigError, OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        where = kubeconfig or "of KUBECONFIG, ~/.kube/config or this pod"
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise CommandError(f"the kubeconfig {where} cannot be used: {reason}") from None
    return client, config.namespace or "default"
