"""Reading the body of a request under a limit, without keeping more than the limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Receive

# The names of a request stand in the first kilobyte that kube-apiserver sends.
_START_SIZE: Final = 64 * 1024
_DISCARD_LIMIT: Final = 64 * 1024 * 1024
_DISCARD_SECONDS: Final = 5.0


class ClientDisconnectedError(Exception):
    """The client went away before its body was read."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A body over the limit: its beginning, for what can be told of it; the rest was not kept."""

    start: bytes


async def read_body(
    receive: Receive, limit: int, declared_size: int | None
) -> bytes | bytearray | TooLarge:
    """Return the body, or TooLarge where it is declared or found to have more than `limit` bytes.

    ClientDisconnectedError where the connection ends first.
    """
    too_large = declared_size is not None and declared_size > limit
    keep = min(limit, _START_SIZE) if too_large else limit
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        chunk: bytes = message.get("body", b"")
        more: bool = message.get("more_body", False)
        if not (body or more or too_large):
            return chunk if len(chunk) <= limit else TooLarge(chunk[:_START_SIZE])
        body += chunk
        if len(body) > keep or (too_large and not more):
            return TooLarge(bytes(body[:_START_SIZE]))
        if not more:
            return body


async def discard_rest(receive: Receive) -> None:
    """Read what is left of a body and forget it, within bounds of size and time.

    An answer that is followed by a reset of the connection can be lost on its way, so the client
    gets the time to read it while it is still sending.
    """
    left = _DISCARD_LIMIT
    try:
        async with asyncio.timeout(_DISCARD_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
