"""The LeaseCandidates that a cluster stores, read in the first version that it serves."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from app.cluster.lists import ReadError, pages
from app.leasecandidate.spec import GROUP, KIND, RESOURCE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Client


class _List(msgspec.Struct):
    items: list[dict[str, object]] = msgspec.field(default_factory=list)


class NotServedError(ReadError):
    """The API server has LeaseCandidate in no version that we know."""

    def __init__(self) -> None:
        super().__init__(
            f"the API server does not serve {KIND} in {' or '.join(VERSIONS)}, so there is none to "
            "read"
        )


def candidate_pages(
    client: Client, namespace: str, **selectors: str
) -> Iterator[tuple[str, bytes, str]]:
    """Yield path, content and resourceVersion of each page; all namespaces with an empty one.

    Raises ReadError, of which NotServedError is one.
    """
    within = f"/namespaces/{namespace}" if namespace else ""
    for version in VERSIONS:
        path = f"/apis/{GROUP}/{version}{within}/{RESOURCE}"
        try:
            for content, resource_version in pages(client, path, **selectors):
                yield path, content, resource_version
        except ReadError as error:
            if error.code != HTTPStatus.NOT_FOUND:
                raise
        else:
            return
    raise NotServedError


def stored_candidates(client: Client, namespace: str) -> Iterator[dict[str, object]]:
    """Yield the candidates as JSON, each with the apiVersion and kind that its list has.

    Raises ReadError.
    """
    for path, content, _ in candidate_pages(client, namespace):
        version = path.removeprefix("/apis/").partition("/")[2].partition("/")[0]
        for item in msgspec.json.decode(content, type=_List).items:
            yield {"apiVersion": f"{GROUP}/{version}", "kind": KIND} | item
