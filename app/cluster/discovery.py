"""Asks a cluster in which API versions it serves LeaseCandidate, which any client may."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx2
import structlog

from app.leasecandidate.served import ServedVersions
from app.leasecandidate.spec import GROUP, RESOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_GROUP: Final = f"/apis/{GROUP}"

_logger = structlog.stdlib.get_logger(__name__)


def served_versions(client: httpx2.Client) -> ServedVersions:
    """Return the versions. Raises httpx2.HTTPError, or ValueError for an unreadable answer."""
    paths = _paths()
    answer: Any = None
    try:
        while True:
            answer = _content(client.get(paths.send(answer)))
    except StopIteration as end:
        return ServedVersions(end.value)


class Discovery:
    """Asks every `seconds`; `observe` is called with what was found; changes are logged."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        observe: Callable[[ServedVersions], None],
        *,
        seconds: float = 300.0,
    ) -> None:
        self._client = client
        self._observe = observe
        self._seconds = seconds
        self._found: ServedVersions | None = None
        self._problem = "the cluster was not asked yet"

    def note(self) -> str:
        """Return the last result, or why there is none, in one sentence for /readyz."""
        return self._problem or str(self._found)

    async def run(self) -> None:
        """Go on for ever; cancel it to stop."""
        while True:
            try:
                found = await self._ask()
            except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
                # The last result stays: it is still the most likely one.
                self._problem = f"the API server cannot be read: {error!r}"
            else:
                self._problem = ""
                self._observe(found)
                self._log_change(found)
            await asyncio.sleep(self._seconds)

    def _log_change(self, found: ServedVersions) -> None:
        if found != self._found:
            log = _logger.warning if found.unknown else _logger.info
            log("served versions", versions=list(found.names), detail=str(found))
        self._found = found

    async def _ask(self) -> ServedVersions:
        paths = _paths()
        answer: Any = None
        try:
            while True:
                answer = _content(await self._client.get(paths.send(answer)))
        except StopIteration as end:
            return ServedVersions(end.value)


def _paths() -> Generator[str, Any, tuple[str, ...]]:
    """Yield each path to GET, receive its JSON by `send`, and return the names of the versions.

    A generator without I/O, for both kinds of clients; a path that does not exist is sent as None.
    Only some versions of the group have the resource: v1 has Lease alone.
    """
    group = yield _GROUP
    names = [version["version"] for version in group["versions"]] if group else []
    served: list[str] = []
    for name in names:
        resources = yield f"{_GROUP}/{name}"
        if resources and any(found["name"] == RESOURCE for found in resources["resources"]):
            served.append(name)
    return tuple(served)


def _content(answer: httpx2.Response) -> Any:  # noqa: ANN401  JSON of any shape
    """Return the JSON, None for a 404. Raises httpx2.HTTPError for any other error."""
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    return answer.raise_for_status().json()
