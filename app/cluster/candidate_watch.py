"""Keeps a CandidateCache like the cluster: list, then watch, again and again."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import httpx2
import structlog
from lightkube.core.exceptions import ApiError, ConfigError
from lightkube.core.generic_client import GenericClient
from lightkube.core.resource import api_info
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.meta_v1 import Status

from app.cluster.backoff import Backoff
from app.cluster.candidate_cache import WATCH_SECONDS, CandidateCache, StoredCandidate, WatchState
from app.leasecandidate.spec import GROUP, KIND, RESOURCE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lightkube.generic_resource import GenericNamespacedResource

    from app.cluster.connection import ApiClient

_logger = structlog.stdlib.get_logger(__name__)

# Generic resources: their spec stays JSON, so a time that Python cannot hold does no harm.
_RESOURCES: Final = [
    create_namespaced_resource(GROUP, version, KIND, RESOURCE) for version in VERSIONS
]
_CHUNK: Final = 500
_GONE: Final = 410
_NOT_FOUND: Final = 404
_WATCH_GRACE_SECONDS: Final = 30
_REQUEST_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 5.0
_LIVED_SECONDS: Final = 10.0
"""A watch that ends sooner was not ended by its timeout, nor by that of a proxy between."""


class CandidateWatch:
    """Fills `cache` as long as `is_wanted` says that a rule looks at siblings.

    Where the cluster does not serve LeaseCandidate (no release does by default), it says so once
    and looks again every `not_served_seconds`. After an error, or a watch that ended early, it
    waits as `backoff` says; meanwhile the cache knows what it knew, until that is stale.
    """

    def __init__(
        self,
        client: ApiClient,
        cache: CandidateCache,
        is_wanted: Callable[[], bool],
        *,
        not_served_seconds: float = 300.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._cache = cache
        self._is_wanted = is_wanted
        self._not_served_seconds = not_served_seconds
        self._backoff = backoff or Backoff()

    async def run(self) -> None:
        """Go on for ever; cancel it to stop."""
        while True:
            if not self._is_wanted():
                self._cache.forget()
                self._become(WatchState.IDLE, "no rule looks at siblings")
                await asyncio.sleep(_IDLE_SECONDS)
                continue
            try:
                listed = await self._list()
                if listed is None:
                    self._cache.forget()
                    self._become(
                        WatchState.NOT_SERVED,
                        f"the cluster serves no {KIND} in {' or '.join(VERSIONS)}",
                    )
                    await asyncio.sleep(self._not_served_seconds)
                    continue
                await self._watch(*listed)
            except TimeoutError:
                self._backoff.reset()
            except ApiError as error:
                # A version that is too old is normal, once.
                if error.status.code != _GONE or self._backoff.failures:
                    self._become(
                        WatchState.CONNECTING, f"the API server says: {error.status.message}"
                    )
            except (httpx2.HTTPError, httpx2.StreamError, ConfigError, ValueError, KeyError) as e:
                self._become(WatchState.CONNECTING, f"the API server cannot be read: {e!r}")
            except Exception:
                self._become(WatchState.CONNECTING, "following it failed; the log says why")
                raise
            if self._is_wanted():
                await asyncio.sleep(self._backoff.next())

    def _become(self, state: WatchState, detail: str) -> None:
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
            self._cache.state = WatchState.SYNCED
            self._cache.replace(found)
            if self._cache.state is WatchState.SYNCED:
                self._become(WatchState.SYNCED, "following the API server")
            return resource, listing.resourceVersion
        return None

    async def _watch(self, resource: type[GenericNamespacedResource], version: str) -> None:
        """Apply what comes; return where it is time to list again."""
        while self._is_wanted():
            began, heard = asyncio.get_running_loop().time(), False
            # A connection that died without a word ends by TimeoutError.
            async with (
                asyncio.timeout(WATCH_SECONDS + _WATCH_GRACE_SECONDS),
                self._open(resource, version) as response,
            ):
                async for line in response.aiter_lines():
                    version, heard = self._apply(resource, json.loads(line)) or version, True
            self._cache.hear()
            if asyncio.get_running_loop().time() - began >= _LIVED_SECONDS:
                self._backoff.reset()
            elif heard:
                await asyncio.sleep(self._backoff.next())
            else:
                self._become(WatchState.CONNECTING, "the API server ends watches at once")
                return

    @asynccontextmanager
    async def _open(
        self, resource: type[GenericNamespacedResource], version: str
    ) -> AsyncIterator[httpx2.Response]:
        """Yield one watch's events as lines.

        Not by lightkube: its watch opens the next one by itself, without a pause and unseen.
        """
        served = api_info(resource).resource.version
        async with self._client.http.stream(
            "GET",
            f"apis/{GROUP}/{served}/{RESOURCE}",
            params={
                "watch": "true",
                "allowWatchBookmarks": "true",
                "timeoutSeconds": WATCH_SECONDS,
                "resourceVersion": version,
            },
            timeout=httpx2.Timeout(_REQUEST_SECONDS, read=None),
        ) as response:
            if response.is_error:
                await response.aread()
                GenericClient.raise_for_status(response)  # type: ignore[no-untyped-call]
            yield response

    def _apply(self, resource: type[GenericNamespacedResource], event: dict[str, Any]) -> str:
        """Apply an event; return the resourceVersion that it leads to."""
        if event["type"] == "ERROR":
            raise ApiError(status=cast("Status", Status.from_dict(event["object"])))
        self._cache.hear()
        item = resource.from_dict(event["object"])
        if (stored := _stored(item)) is not None:
            if event["type"] == "DELETED":
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
