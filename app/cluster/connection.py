"""A client for the Kubernetes API, from a kubeconfig or from inside a pod.

lightkube knows neither proxies nor other names of a server, nor newer exec plugins (its
`config/client_adapter.py`); httpx2, which it stands on, does by its own hooks: `auth`, `proxy`,
`event_hooks` and the extension `sni_hostname`. So lightkube's transport here is an httpx2 client.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import structlog
from lightkube import AsyncClient
from lightkube.config.client_adapter import BearerAuth
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import (
    Cluster as LightkubeCluster,
    Context as LightkubeContext,
    User as LightkubeUser,
)
from typing_extensions import override

from app.cluster.credentials import ExecCredentials, RefreshedCredential, from_file
from app.cluster.kubeconfig import (
    UNVERIFIED,
    ClusterAccess,
    KubeconfigError,
    first_line,
    pod_access,
    read_access,
)
from app.cluster.proxies import proxy_for
from app.cluster.tls import api_server_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from app.cluster.kubeconfig import User


_logger = structlog.stdlib.get_logger(__name__)


def connect(kubeconfig: Path | None, on_date: Callable[[datetime], None]) -> ApiClient:
    """Return a client of the kubeconfig's current context, else of this pod's service account.

    `on_date` is called with the Date of every answer. Nothing is sent yet. Raises KubeconfigError.
    """
    access = pod_access(os.environ) if kubeconfig is None else read_access([kubeconfig])
    if access is None:
        raise KubeconfigError("this is no pod with a service account; give --kubeconfig")
    if access.cluster.insecure_skip_tls_verify:
        _logger.warning("API server not verified", source=access.source, problem=UNVERIFIED)
    return open_client(access, on_date)


def open_client(access: ClusterAccess, on_date: Callable[[datetime], None]) -> ApiClient:
    """Return a client of this cluster, as lightkube has it. Raises KubeconfigError."""

    async def prepare(request: httpx2.Request) -> None:
        _prepare(access, request)

    async def note_date(response: httpx2.Response) -> None:
        with suppress(ValueError):
            on_date(parsedate_to_datetime(response.headers.get("date", "")))

    with _explained(access):
        options = _options(access)
        client = httpx2.AsyncClient(
            **options, event_hooks={"request": [prepare], "response": [note_date]}
        )
    return ApiClient(
        client,
        config=SingleConfig(
            context_name="",
            context=LightkubeContext(cluster="", namespace=access.namespace),
            cluster=LightkubeCluster(server=str(options["base_url"])),
            user=LightkubeUser(),
        ),
    )


def open_plain_client(access: ClusterAccess) -> httpx2.Client:
    """Return an HTTP client for a command that asks a few things. Raises KubeconfigError."""
    with _explained(access):
        return httpx2.Client(
            **_options(access), event_hooks={"request": [partial(_prepare, access)]}
        )


class ApiClient(AsyncClient):
    """lightkube's client. `http` is what it goes through, for what lightkube does not do."""

    def __init__(self, http: httpx2.AsyncClient, config: SingleConfig) -> None:
        super().__init__(
            config=config,
            transport=_ThroughClient(http),
            trust_env=False,
            field_manager="leasegate",
        )
        self.http = http


class _ThroughClient(httpx2.AsyncBaseTransport):
    """Sends requests by another client, with its credentials, proxy and hooks."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._client.send(request, stream=True)

    @override
    async def aclose(self) -> None:
        await self._client.aclose()


def _options(access: ClusterAccess) -> dict[str, Any]:
    cluster = access.cluster
    server = httpx2.URL(_with_scheme(access))
    if server.scheme not in ("http", "https") or not server.host:
        raise ValueError(f"server {cluster.server!r} must be like https://HOST:PORT")
    context = api_server_context(cluster, access.user)
    proxy = None if access.in_pod else proxy_for(server, cluster.proxy_url, os.environ)
    return {
        "base_url": server,
        "verify": context,
        # kubectl shows no credentials either where anybody can read them.
        "auth": _auth(access, context) if server.scheme == "https" else None,
        "proxy": proxy,
        "trust_env": False,
    }


def _with_scheme(access: ClusterAccess) -> str:
    cluster, user = access.cluster, access.user
    if "://" in cluster.server:
        return cluster.server
    has_tls = (
        cluster.certificate_authority
        or cluster.certificate_authority_data
        or cluster.insecure_skip_tls_verify
        or user.client_certificate
        or user.client_certificate_data
    )
    return f"{'https' if has_tls else 'http'}://{cluster.server}"


def _auth(access: ClusterAccess, context: ssl.SSLContext) -> httpx2.Auth | None:
    """Return what proves who we are, in client-go's order (`clientcmd/client_config.go`)."""
    user = access.user
    if user.auth_provider:
        raise ValueError("auth-provider is not supported, nor by kubectl any more; use exec")
    if user.token_file:
        from_file(user.token_file)
        return RefreshedCredential(partial(from_file, user.token_file))
    if user.token:
        user.token.encode("ascii")
        return BearerAuth(user.token.strip())
    if user.username or user.password:
        return httpx2.BasicAuth(user.username, user.password)
    if user.exec is not None and not (user.client_certificate or user.client_certificate_data):
        return RefreshedCredential(ExecCredentials(user.exec, access.cluster, context))
    return None


def _prepare(access: ClusterAccess, request: httpx2.Request) -> None:
    if access.cluster.tls_server_name:
        request.extensions["sni_hostname"] = access.cluster.tls_server_name
    if more := list(_impersonation(access.user)):
        request.headers = httpx2.Headers([*request.headers.multi_items(), *more])


def _impersonation(user: User) -> Iterator[tuple[str, str]]:
    """Yield the headers that ask as somebody else (client-go `transport/round_trippers.go`)."""
    if not user.impersonate:
        return
    yield "Impersonate-User", user.impersonate
    if user.as_uid:
        yield "Impersonate-Uid", user.as_uid
    for group in user.as_groups:
        yield "Impersonate-Group", group
    for key, values in user.as_user_extra.items():
        for value in values:
            yield f"Impersonate-Extra-{quote(key.lower(), safe='')}", value


@contextmanager
def _explained(access: ClusterAccess) -> Iterator[None]:
    """Turn what can be wrong with a kubeconfig into one sentence."""
    try:
        yield
    except (OSError, ValueError, httpx2.InvalidURL, httpx2.RequestError) as error:
        raise KubeconfigError(f"{access.source} cannot be used: {first_line(error)}") from None
