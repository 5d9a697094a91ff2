"""A client for commands that read a cluster, chosen as kubectl chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from lightkube import KubeConfig
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError
from yaml import YAMLError

from app.cluster.connection import ConnectionConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


def open_cluster(kubeconfig: Path | None, context: str | None) -> tuple[httpx2.Client, str]:
    """Return a client of the API server, and the namespace of the context.

    Raises ConnectionConfigurationError where there is no cluster to talk to.
    """
    try:
        loaded = KubeConfig.from_env() if kubeconfig is None else KubeConfig.from_file(kubeconfig)
        config = loaded.get(context)
        if config is None:
            raise ConfigError("it has no current context")
        client = httpx2.Client(
            base_url=config.cluster.server,
            verify=verify_cluster(config.cluster, config.user or User(), config.abs_file),
            auth=user_auth(config.user),
        )
    except (
        *(ConfigError, OSError, ValueError, AttributeError, TypeError, KeyError),
        YAMLError,
    ) as error:
        where = kubeconfig or "of KUBECONFIG, ~/.kube/config or this pod"
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise ConnectionConfigurationError(
            f"the kubeconfig {where} cannot be used: {reason}; give --kubeconfig, or files with -f"
        ) from None
    return client, config.namespace or "default"
