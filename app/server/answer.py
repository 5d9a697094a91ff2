"""Sending an answer: JSON with its length, and a Status for what is no decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.admission.status import status_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

Header = tuple[bytes, bytes]
Refused = Callable[[int, str], None]
"""Is told of a request that got a Status before it reached an endpoint: its code and message."""

CLOSE: Final[Header] = (b"connection", b"close")
_JSON: Final[Header] = (b"content-type", b"application/json")


async def send_json(
    send: Send, code: int, body: bytes, headers: Iterable[Header] = (), *, more: bool = False
) -> None:
    """Send the whole answer; with `more`, leave it open although nothing more will be sent."""
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": code, "headers": [_JSON, length, *headers]}
    )
    await send({"type": "http.response.body", "body": body, "more_body": more})


def answer_always(
    refused: Refused, code: int, message: str, headers: Iterable[Header] = ()
) -> ASGIApp:
    """Return an application that answers every request with this Status."""
    body = status_body(code, message)

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_json(send, code, body, headers)
        refused(code, message)

    return answer
