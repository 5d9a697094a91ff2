"""The flags by which commands find a cluster: those of kubectl."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from app.errors import LeasegateError
from app.leasecandidate.name_format import dns_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx2
    from lightkube import AsyncClient

    from app.cluster.kubeconfig import ClusterAccess

    _Option = Callable[[Callable[..., None]], Callable[..., None]]


@dataclass(frozen=True, slots=True)
class ChosenCluster:
    """The cluster and the namespace that the flags choose, as kubectl would."""

    kubeconfig: Path | None
    context: str | None
    given_namespace: str | None

    @property
    def namespace(self) -> str:
        """The namespace that is given, else that of the context, else `default`."""
        return self.given_namespace or self._access().namespace

    def open_client(self) -> AsyncClient:
        """Return a client of the API server, to be closed; nothing is sent yet.

        Raises LeasegateError where there is no cluster, or no way to reach it.
        """
        access = self._access()
        _warn(access)
        from app.cluster.connection import open_client  # noqa: PLC0415  needs lightkube

        return open_client(access, lambda _date: None)

    @contextmanager
    def open_plain_client(self) -> Iterator[httpx2.Client]:
        """Yield an HTTP client of the API server; its errors become LeasegateErrors."""
        access = self._access()
        _warn(access)
        import httpx2  # noqa: PLC0415  as above

        from app.cluster.connection import open_plain_client  # noqa: PLC0415

        try:
            with open_plain_client(access) as client:
                yield client
        except httpx2.HTTPError as error:
            raise LeasegateError(f"the API server cannot be reached: {error}") from None

    def _access(self) -> ClusterAccess:
        try:
            # All that the clients import, so that a missing package is reported here.
            import app.cluster.connection  # noqa: F401, PLC0415
            from app.cluster.kubeconfig import find_access  # noqa: PLC0415
        except ImportError:
            raise LeasegateError(
                "lightkube is not installed, which talks to the API server; "
                "install leasegate[cluster]"
            ) from None
        found = find_access(self.kubeconfig, self.context, os.environ)
        if found is None:
            raise LeasegateError(
                "there is no cluster to ask; give --kubeconfig, or set KUBECONFIG, "
                "or have a ~/.kube/config"
            )
        return found


def cluster_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --kubeconfig, --context and -n; the command gets `cluster`, a ChosenCluster."""

    @functools.wraps(command)
    def call(
        *,
        kubeconfig: Path | None,
        context_name: str | None,
        namespace: str | None,
        **others: Any,  # noqa: ANN401  the command's own flags
    ) -> None:
        command(cluster=ChosenCluster(kubeconfig, context_name, namespace), **others)

    return _with(call, [*_CONNECTION, _NAMESPACE])


def connection_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --kubeconfig and --context, for a command with a --namespace of its own."""

    @functools.wraps(command)
    def call(
        *,
        kubeconfig: Path | None,
        context_name: str | None,
        **others: Any,  # noqa: ANN401  the command's own flags
    ) -> None:
        command(cluster=ChosenCluster(kubeconfig, context_name, None), **others)

    return _with(call, _CONNECTION)


def _with(call: Callable[..., None], options: Sequence[_Option]) -> Callable[..., None]:
    for option in reversed(options):
        call = option(call)
    return call


def namespace_name(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    """Check that the value of an option is the name of a namespace: a callback of click."""
    if value is not None and dns_label(value):
        raise click.BadParameter(f"{value[:253]!r} is not the name of a namespace.")
    return value


_CONNECTION: Final = (
    click.option(
        "--kubeconfig",
        type=click.Path(path_type=Path),
        default=None,
        envvar="LEASEGATE_KUBECONFIG",
        show_envvar=True,
        help="Kubeconfig; else those of KUBECONFIG, ~/.kube/config, the pod's service account.",
    ),
    click.option(
        "--context",
        "context_name",
        default=None,
        help="Context of the kubeconfig; its current one by default.",
    ),
)

_NAMESPACE: Final = click.option(
    "-n",
    "--namespace",
    default=None,
    callback=namespace_name,
    help="Namespace; that of the context by default.",
)


def _warn(access: ClusterAccess) -> None:
    from app.cluster.kubeconfig import UNVERIFIED  # noqa: PLC0415  needs msgspec

    if access.cluster.insecure_skip_tls_verify:
        click.echo(f"Warning: {access.source}: {UNVERIFIED}", err=True)
