"""Reading the body of a request under a limit, without keeping more than the limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Message, Receive

FREE_SIZE: Final = 64 * 1024
"""Bytes of a body that are read without asking for memory; few reviews have more. The names of a
request stand in the first kilobyte that kube-apiserver sends."""

_DISCARD_LIMIT: Final = 64 * 1024 * 1024
_DISCARD_SECONDS: Final = 1.5


class ClientDisconnectedError(Exception):
    """The client went away before its body was read."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A body over the limit: its beginning, for what can be told of it; the rest was not kept."""

    start: bytes


Body = bytes | bytearray | TooLarge


class BodyReader:
    """Reads one body of at most `limit` bytes: its beginning first, then the rest, if there is one.

    `declared_size` is what Content-Length says, None where the body comes in chunks.
    """

    def __init__(self, receive: Receive, limit: int, declared_size: int | None) -> None:
        self._receive = receive
        self._limit = limit
        self._declared_size = declared_size
        self._read = bytearray()

    @property
    def size(self) -> int:
        """The largest size that the body can have."""
        return self._limit if self._declared_size is None else self._declared_size

    async def begin(self) -> Body | None:
        """Return the body, None where there is more than costs nothing: then `finish` reads on.

        TooLarge where it is declared to have more bytes than the limit. ClientDisconnectedError
        where the connection ends first.
        """
        too_large = self.size > self._limit
        keep = min(self._limit, FREE_SIZE)
        while True:
            piece, more = content(await self._receive())
            self._read += piece
            if too_large:
                if len(self._read) > keep or not more:
                    return TooLarge(bytes(self._read[:FREE_SIZE]))
            elif not more:
                return self._whole()
            elif len(self._read) > keep or (self._declared_size or 0) > FREE_SIZE:
                return None

    async def finish(self) -> Body:
        """Return the whole body, TooLarge where it is found to have more bytes than the limit."""
        more = True
        while more and len(self._read) <= self._limit:
            piece, more = content(await self._receive())
            self._read += piece
        return self._whole()

    def _whole(self) -> Body:
        if len(self._read) > self._limit:
            return TooLarge(bytes(self._read[:FREE_SIZE]))
        return self._read


def content(message: Message) -> tuple[bytes, bool]:
    """Return a piece of the body, and whether there is more; else ClientDisconnectedError."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnectedError
    return message.get("body", b""), message.get("more_body", False)


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
