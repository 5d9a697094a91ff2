"""Sending an answer: JSON with its length, and the answer to what reaches no application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import Send

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Refusals:
    """How a request is answered that reaches no application: by HTTP status code and message.

    `body` returns the JSON of the answer, `refused` is called with each.
    """

    body: Callable[[int, str], bytes]
    refused: Callable[[int, str], None] = lambda _code, _message: None


CLOSE: Final[Header] = (b"connection", b"close")
JSON: Final[Header] = (b"content-type", b"application/json")


async def send_json(send: Send, code: int, body: bytes, headers: Iterable[Header] = ()) -> None:
    """Send the whole answer."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": code, "headers": [JSON, length, *headers]})
    await send({"type": "http.response.body", "body": body})
