"""What `serve` follows in a cluster: candidates, API versions, elections, the server's time."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from app.cluster.service_account import SERVICE_ACCOUNT
from app.errors import LeasegateError
from app.webhooks import NoSiblingSource, SiblingSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from pathlib import Path

    from lightkube import AsyncClient

    from app.cluster.candidate_cache import CandidateCache
    from app.cluster.connection import ApiClient
    from app.cluster.resource_watch import Listener
    from app.configuration import RulesInForce
    from app.leasecandidate.served import ServedVersions
    from app.serve.elections import FollowedElections
    from app.webhooks import ServerClock

_NO_CLUSTER: Final = "not known: there is no cluster to ask"
_NOT_WANTED: Final = "not followed: --watch-leases (process.watchLeases) is off"


@dataclass(frozen=True, slots=True)
class FollowedCluster:
    """A source of siblings, the work that keeps it up to date, and notes for /readyz.

    `cache` is the same source where there is a cluster, for the metrics. `served` is the note on
    the API versions in which the cluster serves candidates. `elections` are followed where that is
    switched on.
    """

    siblings: SiblingSource = field(default_factory=NoSiblingSource)
    background: Sequence[Callable[[], Coroutine[None, None, None]]] = ()
    note: Callable[[], str] = lambda: _NO_CLUSTER
    served: Callable[[], str] = lambda: _NO_CLUSTER
    cache: CandidateCache | None = None
    elections: FollowedElections | None = None

    def elections_note(self) -> str:
        """Return the note on elections."""
        if self.elections is not None:
            return self.elections.note()
        return _NO_CLUSTER if self.cache is None else _NOT_WANTED


def open_client(kubeconfig: Path | None, clock: ServerClock) -> ApiClient | None:
    """Return a client of the kubeconfig's cluster, else of the pod's; None where there is neither.

    Raises LeasegateError for a kubeconfig that cannot be used.
    """
    in_pod = "KUBERNETES_SERVICE_HOST" in os.environ and (SERVICE_ACCOUNT / "token").exists()
    if kubeconfig is None and not in_pod:
        return None
    # Only here, since most of the time that leasegate needs to start would go into these imports.
    try:
        from app.cluster.connection import connect  # noqa: PLC0415
    except ImportError:
        raise LeasegateError(
            "lightkube is not installed, which talks to the API server; "
            "install leasegate[cluster] or leave --kubeconfig out"
        ) from None
    return connect(kubeconfig, clock.observe_api_date)


def follow_cluster(
    kubeconfig: Path | None,
    clock: ServerClock,
    rules: RulesInForce,
    observe: Callable[[ServedVersions], None],
    *,
    watch_leases: bool = False,
) -> FollowedCluster:
    """Return the cluster of the kubeconfig, else that of the pod, else one without siblings.

    `observe` is called with the API versions in which it serves candidates. With `watch_leases`
    its elections are followed.
    """
    client = open_client(kubeconfig, clock)
    if client is None:
        return FollowedCluster()
    from app.cluster.candidate_cache import CANDIDATES, CandidateCache  # noqa: PLC0415  as above
    from app.cluster.discovery import Discovery  # noqa: PLC0415
    from app.cluster.resource_watch import ResourceWatch  # noqa: PLC0415

    cache = CandidateCache()
    elections: FollowedElections | None = None
    listener: Listener[Any] = cache
    if watch_leases:
        # What nobody uses would take memory in each replica.
        from app.serve.elections import BothListeners, FollowedElections  # noqa: PLC0415

        elections = FollowedElections(client.http, cache, clock.api_now)
        listener = BothListeners(cache, elections.candidate_listener)
    watch = ResourceWatch[Any](
        client.http,
        CANDIDATES,
        listener,
        cache,
        is_wanted=lambda: watch_leases or rules.current().uses_siblings,
    )

    async def follow() -> None:
        async with closed_at_the_end(client):
            await watch.run()

    discovery = Discovery(client.http, observe)
    background = [follow, discovery.run]
    return FollowedCluster(cache, background, cache.note, discovery.note, cache, elections)


@asynccontextmanager
async def closed_at_the_end(client: AsyncClient) -> AsyncIterator[None]:
    """Close the client when its work is cancelled, but not when it fails: it is restarted then."""
    try:
        yield
    except asyncio.CancelledError:
        await client.close()
        raise
