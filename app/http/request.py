"""One request, read from bytes that may hold more than it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httptools

if TYPE_CHECKING:
    from app.http.limits import ConnectionLimits

_BLANK_LINE: Final = b"\r\n\r\n"
_NOT_HTTP: Final = (400, "the request is not HTTP/1.1")


class Request:
    """Reads one request and no byte beyond it, however the bytes are cut.

    Header and chunks are given to httptools (llhttp) up to their next blank line, since a request
    can only end there; a body whose length is known, up to its end. So what follows is never
    parsed before this request is answered.

    `problem` is the HTTP status code and message where the request cannot be answered; then nothing
    more is read. `body` is what has come of the body and was not taken yet. Fields of a trailer
    count, and are dropped.
    """

    __slots__ = (
        "_body_left",
        "_field_bytes",
        "_limits",
        "_parser",
        "_size",
        "_tail",
        "_url",
        "body",
        "complete",
        "discards",
        "expects_continue",
        "has_header",
        "headers",
        "keep_alive",
        "method",
        "path",
        "problem",
        "query",
        "raw_path",
        "version",
    )

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._parser: Any = httptools.HttpRequestParser(self)
        self._url = b""
        self._size = 0
        self._field_bytes = 0
        self._tail = b""
        self._body_left: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.method = self.version = self.path = ""
        self.raw_path = self.query = b""
        self.has_header = self.complete = self.discards = False
        self.expects_continue = self.keep_alive = False
        self.body = bytearray()
        self.problem: tuple[int, str] | None = None

    def feed(self, data: bytes, start: int) -> int:
        """Read `data` from `start` on; return where to go on, at most at the request's end."""
        while start < len(data) and not self.complete and self.problem is None:
            end = self._piece_end(data, start)
            if end == start:
                self.problem = self._too_large()
                break
            piece = data[start:end] if start or end < len(data) else data
            self._size += len(piece)
            if not self.has_header:
                self._field_bytes += len(piece)
            if self._body_left is not None:
                self._body_left -= len(piece)
            else:
                self._tail = (self._tail + piece[-3:])[-3:]
            start = end
            try:
                self._parser.feed_data(piece)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade):
                self._fail(_NOT_HTTP)
            if self._field_bytes > self._limits.header_bytes:
                self._fail(self._too_large())
        if self.complete or self.problem is not None:
            self.release()
        return start

    def release(self) -> None:
        """Forget the parser, which refers to this object."""
        self._parser = None

    def _fail(self, problem: tuple[int, str]) -> None:
        if self.problem is None:
            self.problem = problem

    def _piece_end(self, data: bytes, start: int) -> int:
        """Return the end of what may be parsed next; `start` where a limit is reached."""
        limit = start + self._limits.request_bytes - self._size
        if self._body_left is not None:
            return min(len(data), limit, start + self._body_left)
        if not self.has_header:
            limit = min(limit, start + self._limits.header_bytes - self._field_bytes)
        # A blank line may have begun in what was fed before.
        found = (self._tail + data[start : start + 3]).find(_BLANK_LINE) if self._tail else -1
        if found >= 0:
            end = start + found + len(_BLANK_LINE) - len(self._tail)
        else:
            found = data.find(_BLANK_LINE, start)
            end = found + len(_BLANK_LINE) if found >= 0 else len(data)
        return min(end, limit)

    def _too_large(self) -> tuple[int, str]:
        if self._size >= self._limits.request_bytes:
            return 413, f"the request is larger than {self._limits.request_bytes} bytes"
        return 431, f"the header is larger than {self._limits.header_bytes} bytes"

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin; a second time would mean that another request was parsed."""
        if self.complete:
            raise ValueError("a request within another")

    def on_url(self, url: bytes) -> None:
        """Keep a piece of the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the header; count one of the trailer."""
        if self.has_header:
            self._field_bytes += len(name) + len(value)
            return
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Find out what the header says, and what is wrong with it."""
        self.has_header = True
        self.version = self._parser.get_http_version()
        self.method = self._parser.get_method().decode("ascii")
        self.problem = self._header_problem()
        if self.problem is not None:
            return
        address = httptools.parse_url(self._url)
        self.raw_path = address.path
        path = self.raw_path.decode("ascii")
        self.path = unquote(path) if "%" in path else path
        self.query = address.query or b""
        self.keep_alive = self.version == "1.1" and self._parser.should_keep_alive()
        length = None
        for name, value in self.headers:
            if name == b"content-length":
                length = int(value)
            elif name == b"expect" and value.lower() == b"100-continue":
                self.expects_continue = True
        if length is not None:
            self._body_left = length

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body, if anybody wants it."""
        if not self.discards:
            self.body += piece

    def on_message_complete(self) -> None:
        """End."""
        self.complete = True

    def _header_problem(self) -> tuple[int, str] | None:
        """Return what the parser lets through but no application should see."""
        if self.version not in ("1.1", "1.0"):
            return 505, "the request is not HTTP/1.1"
        if len(self.headers) > self._limits.header_fields:
            return 431, f"the header has more than {self._limits.header_fields} fields"
        if [name for name, _ in self.headers].count(b"host") != 1 and self.version == "1.1":
            return 400, "the header must have one Host field"  # RFC 9112, section 3.2
        if self._parser.should_upgrade():
            return 400, "the protocol cannot be changed; leave the Upgrade field out"
        return None
