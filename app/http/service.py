"""What all connections of one server share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from starlette.types import ASGIApp

    from app.http.answer import Header, Refusals
    from app.http.connection import Connection
    from app.http.handshakes import Handshakes
    from app.http.limits import ConnectionLimits
    from app.http.places import Places
    from app.http.unread import UnreadAnswers

_READ_BYTES: Final = 16 * 1024 + 256
"""Read from a connection at once: one TLS record, whole."""


@dataclass(slots=True)
class Service:
    """The application, its limits, and who is connected.

    `refusal` answers every request from its beginning, where there is one: HTTP status code,
    message, fields. `date` is a field of every answer. The `buffer` is used by whoever reads.
    """

    application: ASGIApp
    limits: ConnectionLimits
    refusals: Refusals
    places: Places[Connection]
    handshakes: Handshakes
    unread: UnreadAnswers
    date: bytes = b""
    draining: bool = False
    refusal: tuple[int, str, Iterable[Header]] | None = None
    connections: set[Connection] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    buffer: bytearray = field(default_factory=lambda: bytearray(_READ_BYTES))
    dropped: dict[str, int] = field(default_factory=lambda: {"handshake": 0, "limit": 0})
