"""What the API server answers to a list and a watch, as JSON, and how its errors are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2


class RefusedError(Exception):
    """An error that the API server reports; `code` is that of HTTP."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Status(msgspec.Struct):
    """A metav1.Status."""

    code: int = 0
    message: str = ""


class Metadata(msgspec.Struct):
    """The metadata of an object, or of a page of a list."""

    resource_version: str = msgspec.field(default="", name="resourceVersion")
    continue_: str = msgspec.field(default="", name="continue")


class Object(msgspec.Struct):
    """Of any object, what a watch goes on from."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)


class Page(msgspec.Struct):
    """A page of a list."""

    items: list[msgspec.Raw] | None
    metadata: Metadata = msgspec.field(default_factory=Metadata)


class Event(msgspec.Struct):
    """A line of a watch."""

    type: str
    object: msgspec.Raw


read_page: Final = msgspec.json.Decoder(Page).decode
read_event: Final = msgspec.json.Decoder(Event).decode
read_object: Final = msgspec.json.Decoder(Object).decode
read_status: Final = msgspec.json.Decoder(Status).decode


async def lines(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Yield the lines, which end with a line feed.

    httpx2's own end at any of Unicode's line breaks, which Go leaves in JSON as they are.
    """
    parts: list[bytes] = []
    async for piece in response.aiter_bytes():
        *ended, rest = piece.split(b"\n")
        for line in ended:
            yield b"".join([*parts, line])
            parts = []
        if rest:
            parts.append(rest)


def check(answer: httpx2.Response) -> None:
    """Raise the error that the API server reports, if it does."""
    if answer.is_error:
        try:
            message = read_status(answer.content).message
        except msgspec.DecodeError:
            message = answer.reason_phrase
        raise RefusedError(answer.status_code, message)
