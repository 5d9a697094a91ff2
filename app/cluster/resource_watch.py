"""Follows one resource of the API server: list, then watch, again and again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import httpx2
import msgspec
import structlog

from app.cluster.backoff import Backoff
from app.cluster.watch_answers import (
    RefusedError,
    check,
    lines,
    read_event,
    read_object,
    read_page,
    read_status,
)
from app.cluster.watch_status import WATCH_SECONDS, WatchState, WatchStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from app.cluster.watch_answers import Event

Item = TypeVar("Item")

_logger = structlog.stdlib.get_logger(__name__)

_CHUNK: Final = 100
"""Objects of one page, which is read whole: any of them may have a megabyte."""
_WATCH_GRACE_SECONDS: Final = 30
_REQUEST_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 5.0
_LIVED_SECONDS: Final = 10.0
"""A watch that ends sooner was not ended by its timeout, nor by that of a proxy between."""
_SLICE: Final = 20
"""Objects that are read in one turn of the event loop: a review need not wait for more."""


@dataclass(frozen=True, slots=True)
class Resource:
    """The resource to follow, and what the log and /readyz say of it.

    Of `paths`, the first one that is served is used; `selectors` are parameters such as
    fieldSelector. `absent` says that no path is served, which is tried again every
    `absent_seconds`; `idle` says why the resource is not followed.
    """

    name: str
    paths: Sequence[str]
    absent: str
    idle: str = ""
    absent_seconds: float = 300.0
    selectors: Mapping[str, str] = field(default_factory=dict)


class Listener(Protocol[Item]):
    """Called with every object of a resource, as the items that it reads them into."""

    @property
    def is_incomplete(self) -> bool:
        """Whether objects were left out, so that they are listed again once the watch ends."""

    def read(self, text: msgspec.Raw, /) -> Item | None:
        """Return the item that an object in JSON is kept as, None to ignore the object."""

    def replace(self, items: Sequence[Item], /) -> None:
        """Forget everything and keep these, which are all that exist."""

    def put(self, item: Item, /) -> None:
        """Keep an item, in place of its earlier version."""

    def remove(self, item: Item, /) -> None:
        """Forget an item; one that is not known is no error."""

    def forget(self) -> None:
        """Forget everything, since what exists is not known any more."""


class ResourceWatch(Generic[Item]):
    """Keeps `listener` up to date, and records in `status` how well, as long as `is_wanted`.

    After an error, or a watch that ended early, it waits as `backoff` says. Meanwhile the listener
    keeps what it has, which counts until it is stale.
    """

    def __init__(  # noqa: PLR0913  what is followed, who is called, and when
        self,
        client: httpx2.AsyncClient,
        resource: Resource,
        listener: Listener[Item],
        status: WatchStatus,
        *,
        is_wanted: Callable[[], bool] = lambda: True,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._resource = resource
        self._listener = listener
        self._status = status
        self._is_wanted = is_wanted
        self._backoff = backoff or Backoff()

    async def run(self) -> None:
        """Follow the resource until cancelled."""
        while True:
            if not self._is_wanted():
                self._forget()
                self._become(WatchState.IDLE, self._resource.idle)
                await asyncio.sleep(_IDLE_SECONDS)
                continue
            try:
                listed = await self._list()
                if listed is None:
                    self._forget()
                    self._become(WatchState.NOT_SERVED, self._resource.absent)
                    await asyncio.sleep(self._resource.absent_seconds)
                    continue
                await self._watch(*listed)
            except TimeoutError:
                self._backoff.reset()
            except RefusedError as error:
                # A resourceVersion that is too old is normal, once.
                if error.code != HTTPStatus.GONE or self._backoff.failures:
                    self._become(WatchState.CONNECTING, f"the API server says: {error}")
            except (httpx2.HTTPError, httpx2.StreamError, msgspec.DecodeError, ValueError) as e:
                self._become(WatchState.CONNECTING, f"the API server cannot be read: {e!r}")
            except Exception:
                self._become(WatchState.CONNECTING, "following it failed; the log says why")
                raise
            if self._is_wanted():
                await asyncio.sleep(self._backoff.next())

    def _forget(self) -> None:
        self._listener.forget()
        self._status.lose()

    def _become(self, state: WatchState, detail: str) -> None:
        status = self._status
        if (status.state, status.detail) != (state, detail):
            _logger.info(self._resource.name, state=state.value, detail=detail)
        status.state, status.detail = state, detail

    async def _list(self) -> tuple[str, str] | None:
        """List the first path that is served; return it and the resourceVersion, None for none."""
        for path in self._resource.paths:
            try:
                found, version = await self._pages(path)
            except RefusedError as error:
                if error.code == HTTPStatus.NOT_FOUND:
                    continue
                raise
            self._status.know()
            self._listener.replace(found)
            # Where the objects are too many, the listener has recorded an overflow.
            if self._status.is_known:
                self._become(WatchState.SYNCED, "following the API server")
            return path, version
        return None

    async def _pages(self, path: str) -> tuple[list[Item], str]:
        found: list[Item] = []
        parameters = {**self._resource.selectors, "limit": str(_CHUNK)}
        while True:
            answer = await self._client.get(path, params=parameters, timeout=_REQUEST_SECONDS)
            check(answer)
            page = read_page(answer.content)
            for number, item in enumerate(page.items or (), 1):
                if (read := self._listener.read(item)) is not None:
                    found.append(read)
                if number % _SLICE == 0:
                    await asyncio.sleep(0)
            if not page.metadata.continue_:
                return found, page.metadata.resource_version
            parameters["continue"] = page.metadata.continue_

    async def _watch(self, path: str, version: str) -> None:
        """Apply events until it is time to list again."""
        while self._is_wanted():
            began, number = asyncio.get_running_loop().time(), 0
            try:
                # A connection that died without being closed ends with TimeoutError.
                async with (
                    asyncio.timeout(WATCH_SECONDS + _WATCH_GRACE_SECONDS),
                    self._open(path, version) as response,
                ):
                    async for line in lines(response):
                        version = self._apply(read_event(line)) or version
                        number += 1
                        # Lines that have arrived already are read without waiting; reviews need a
                        # turn.
                        if number % _SLICE == 0:
                            await asyncio.sleep(0)
            finally:
                has_lived = asyncio.get_running_loop().time() - began >= _LIVED_SECONDS
                if has_lived:
                    self._backoff.reset()
            self._status.hear()
            if self._listener.is_incomplete:
                return
            if has_lived:
                continue
            if number:
                await asyncio.sleep(self._backoff.next())
            else:
                self._become(WatchState.CONNECTING, "the API server ends watches at once")
                return

    @asynccontextmanager
    async def _open(self, path: str, version: str) -> AsyncIterator[httpx2.Response]:
        """Yield one watch's events as lines."""
        async with self._client.stream(
            "GET",
            path,
            params={
                **self._resource.selectors,
                "watch": "true",
                "allowWatchBookmarks": "true",
                "timeoutSeconds": str(WATCH_SECONDS),
                "resourceVersion": version,
            },
            timeout=httpx2.Timeout(_REQUEST_SECONDS, read=None),
        ) as response:
            if response.is_error:
                await response.aread()
                check(response)
            yield response

    def _apply(self, event: Event) -> str:
        """Apply an event; return the resourceVersion after it."""
        if event.type == "ERROR":
            status = read_status(event.object)
            raise RefusedError(status.code, status.message)
        self._status.hear()
        version = read_object(event.object).metadata.resource_version
        item = None if event.type == "BOOKMARK" else self._listener.read(event.object)
        if item is not None:
            if event.type == "DELETED":
                self._listener.remove(item)
            else:
                self._listener.put(item)
        return version
