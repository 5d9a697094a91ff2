"""Writes the header of an answer together with the beginning of its body.

uvicorn writes them one after the other, which over TLS are two records, two system calls and two
packets; most answers fit into one of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

_INTERIM: Final = b"HTTP/1.1 100 "


class AnswerWriter:
    """What one answer writes to its connection, as far as uvicorn needs a transport for that.

    A body must follow the header, if an empty one: so it is with every method but HEAD.
    """

    __slots__ = ("_header", "_header_is_written", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._header = b""
        self._header_is_written = False

    def write(self, data: bytes) -> None:
        """Hold the header back, and write it with what comes next."""
        if self._header_is_written or data.startswith(_INTERIM):
            self._transport.write(data)
        elif self._header:
            self._header_is_written = True
            self._transport.write(self._header + data)
        else:
            self._header = data

    def close(self) -> None:
        """Close the connection once everything is written."""
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._transport.is_closing()
