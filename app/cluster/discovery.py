"""Asking a cluster in which API versions it serves LeaseCandidate; everybody may ask that."""

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
    """Ask once. Raises httpx2.HTTPError and ValueError for an answer that cannot be read."""
    questions = _questions()
    answer: Any = None
    try:
        while True:
            answer = _content(client.get(questions.send(answer)))
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
        """Return in one sentence what is known."""
        return self._problem or str(self._found)

    async def run(self) -> None:
        """Go on for ever; cancel it to stop."""
        while True:
            try:
                found = await self._ask()
            except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
                # What was found last still is what is most likely.
                self._problem = f"the API server cannot be read: {error!r}"
            else:
                self._problem = ""
                self._observe(found)
                self._tell(found)
            await asyncio.sleep(self._seconds)

    def _tell(self, found: ServedVersions) -> None:
        if found != self._found:
            log = _logger.warning if found.unknown else _logger.info
            log("served versions", versions=list(found.names), detail=str(found))
        self._found = found

    async def _ask(self) -> ServedVersions:
        questions = _questions()
        answer: Any = None
        try:
            while True:
                answer = _content(await self._client.get(questions.send(answer)))
        except StopIteration as end:
            return ServedVersions(end.value)


def _questions() -> Generator[str, Any, tuple[str, ...]]:
    """Yield each path to ask, be sent what it answers, and return the names in the end.

    Of all versions of the group only some have the resource: v1 has Lease alone. What is not there
    answers None.
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
    """Return the JSON, None for what is not there. Raises httpx2.HTTPError for other refusals."""
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    return answer.raise_for_status().json()
