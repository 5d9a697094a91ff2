"""A client for the Kubernetes API, from a kubeconfig or from inside a pod."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2
from lightkube import AsyncClient, KubeConfig
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError
from typing_extensions import override
from yaml import YAMLError

from app.errors import LeasegateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from lightkube.config.kubeconfig import SingleConfig


class ConnectionConfigurationError(LeasegateError):
    """A kubeconfig that cannot be used: one sentence."""


class _DatedTransport(httpx2.AsyncHTTPTransport):
    """Hands on the Date of each answer, which tells what time the API server thinks it is."""

    def __init__(self, on_date: Callable[[datetime], None], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._on_date = on_date

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        with suppress(ValueError):
            self._on_date(parsedate_to_datetime(response.headers.get("date", "")))
        return response


def connect(kubeconfig: Path | None, on_date: Callable[[datetime], None]) -> AsyncClient:
    """Return a client; nothing is sent yet. `on_date` is told the Date of every answer."""
    with _explained(kubeconfig):
        config = _load(kubeconfig)
        verify = verify_cluster(config.cluster, config.user or User(), config.abs_file)
    transport = _DatedTransport(on_date, verify=verify)
    return AsyncClient(config=config, transport=transport, field_manager="leasegate")


def connect_once(kubeconfig: Path | None) -> httpx2.Client:
    """Return a plain HTTP client for a command that asks a few things and ends."""
    with _explained(kubeconfig):
        config = _load(kubeconfig)
        return httpx2.Client(
            base_url=config.cluster.server,
            verify=verify_cluster(config.cluster, config.user or User(), config.abs_file),
            auth=user_auth(config.user),
        )


@contextmanager
def _explained(kubeconfig: Path | None) -> Iterator[None]:
    """Turn what can be wrong with a kubeconfig into one sentence."""
    try:
        yield
    except (
        ConfigError,
        OSError,
        ValueError,
        AttributeError,
        TypeError,
        KeyError,
        YAMLError,
    ) as error:
        where = kubeconfig or "of this pod's service account"
        raise ConnectionConfigurationError(
            f"the kubeconfig {where} cannot be used: {_first_line(error)}"
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _load(kubeconfig: Path | None) -> SingleConfig:
    if kubeconfig is None:
        config = KubeConfig.from_service_account().get()
    else:
        config = KubeConfig.from_file(kubeconfig).get()
    if config is None:
        raise ConfigError("it has no current context")
    return config
