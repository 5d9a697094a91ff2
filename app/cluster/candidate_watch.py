"""Keeps a CandidateCache like the cluster: list, then watch, again and again."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, cast

import httpx2
import structlog
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_namespaced_resource
from lightkube.types import OnErrorAction, OnErrorResult

from app.cluster.candidates import CandidateCache, State, StoredCandidate
from app.leasecandidate.spec import GROUP, KIND, RESOURCE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from lightkube import AsyncClient
    from lightkube.generic_resource import GenericNamespacedResource

    _Event = tuple[str, GenericNamespacedResource]

_logger = structlog.stdlib.get_logger(__name__)

# Generic resources: their spec stays JSON, so a time that Python cannot hold does no harm.
_RESOURCES: Final = [
    create_namespaced_resource(GROUP, version, KIND, RESOURCE) for version in VERSIONS
]
_CHUNK: Final = 500
_GONE: Final = 410
_NOT_FOUND: Final = 404
_WATCH_SECONDS: Final = 240
_WATCH_GRACE_SECONDS: Final = 30
_IDLE_SECONDS: Final = 5.0


class CandidateWatch:
    """Fills `cache` as long as `is_wanted` says that a rule looks at siblings.

    Where the cluster does not serve LeaseCandidate (no release does by default), it says so once
    and looks again every `not_served_seconds`. After an error it lists again, with pauses that
    double up to `longest_pause` seconds; meanwhile the siblings count as not known.
    """

    def __init__(
        self,
        client: AsyncClient,
        cache: CandidateCache,
        is_wanted: Callable[[], bool],
        *,
        not_served_seconds: float = 300.0,
        longest_pause: float = 60.0,
    ) -> None:
        self._client = client
        self._cache = cache
        self._is_wanted = is_wanted
        self._not_served_seconds = not_served_seconds
        self._longest_pause = longest_pause

    async def run(self) -> None:
        """Go on for ever; cancel it to stop."""
        pause = 1.0
        while True:
            if not self._is_wanted():
                self._cache.replace(())
                self._become(State.IDLE, "no rule looks at siblings")
                await asyncio.sleep(_IDLE_SECONDS)
                continue
            try:
                listed = await self._list()
                if listed is None:
                    self._become(
                        State.NOT_SERVED,
                        f"the cluster does not serve {RESOURCE}.{GROUP}; start kube-apiserver with "
                        f"--runtime-config={GROUP}/{VERSIONS[0]}=true to use them",
                    )
                    await asyncio.sleep(self._not_served_seconds)
                    continue
                pause = 1.0
                await self._watch(*listed)
            except ApiError as error:
                if error.status.code == _GONE:
                    continue
                self._become(State.CONNECTING, f"the API server says: {error.status.message}")
            except (httpx2.HTTPError, httpx2.StreamError, ValueError, KeyError) as error:
                self._become(State.CONNECTING, f"the API server cannot be read: {error!r}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest_pause)

    def _become(self, state: State, detail: str) -> None:
        if (self._cache.state, self._cache.detail) != (state, detail):
            _logger.info("candidates", state=state.value, detail=detail)
        self._cache.state, self._cache.detail = state, detail

    async def _list(self) -> tuple[type[GenericNamespacedResource], str] | None:
        """Fill the cache from the first version that is served; None where none is."""
        for resource in _RESOURCES:
            listing = self._client.list(resource, namespace="*", chunk_size=_CHUNK)
            try:
                found = [stored async for item in listing if (stored := _stored(item)) is not None]
            except ApiError as error:
                if error.status.code == _NOT_FOUND:
                    continue
                raise
            self._cache.state = State.SYNCED
            self._cache.replace(found)
            if self._cache.state is State.SYNCED:
                self._become(State.SYNCED, "following the API server")
            return resource, listing.resourceVersion
        return None

    async def _watch(self, resource: type[GenericNamespacedResource], version: str) -> None:
        while self._is_wanted():
            events = self._client.watch(
                resource,
                namespace="*",
                server_timeout=_WATCH_SECONDS,
                resource_version=version,
                on_error=lambda _error, _count: OnErrorResult(OnErrorAction.RAISE),
            )
            # A connection that died without a word ends here; the watch goes on where it was.
            try:
                async with (
                    aclosing(cast("AsyncGenerator[_Event, None]", events)),
                    asyncio.timeout(_WATCH_SECONDS + _WATCH_GRACE_SECONDS),
                ):
                    async for kind, item in events:
                        version = self._apply(kind, item) or version
            except TimeoutError:
                continue

    def _apply(self, kind: str, item: GenericNamespacedResource) -> str:
        if (stored := _stored(item)) is not None:
            if kind == "DELETED":
                self._cache.remove(stored.namespace, stored.name)
            else:
                self._cache.put(stored)
        return (item.metadata.resourceVersion if item.metadata else None) or ""


def _stored(item: GenericNamespacedResource) -> StoredCandidate | None:
    metadata, spec = item.metadata, item.get("spec")
    if metadata is None or not metadata.name or not metadata.namespace:
        return None
    return StoredCandidate.of(
        metadata.namespace, metadata.name, spec if isinstance(spec, dict) else {}
    )
