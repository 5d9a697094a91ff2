"""Header and body of an answer leave together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from app.http.answer_writer import AnswerWriter
from tests.reviews import RECORDED

if TYPE_CHECKING:
    from tests.server.running import RunningServer

HEADER = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    @override
    def close(self) -> None:
        self.closed = True

    @override
    def is_closing(self) -> bool:
        return self.closed


@pytest.mark.parametrize(
    ("writes", "written"),
    [
        pytest.param([HEADER, b"body"], [HEADER + b"body"], id="header and body in one"),
        pytest.param([HEADER, b""], [HEADER], id="an empty body"),
        pytest.param(
            [HEADER, b"bo", b"dy"], [HEADER + b"bo", b"dy"], id="the rest of a body at once"
        ),
        pytest.param(
            [HEADER, b"bo", b"HTTP/1.1 dy"],
            [HEADER + b"bo", b"HTTP/1.1 dy"],
            id="a body that looks like a header",
        ),
        pytest.param(
            [CONTINUE, HEADER, b"body"],
            [CONTINUE, HEADER + b"body"],
            id="what the client waits for before it sends its body",
        ),
    ],
)
def test_what_is_written_together(writes: list[bytes], written: list[bytes]) -> None:
    wire = Wire()
    writer = AnswerWriter(wire)
    for data in writes:
        writer.write(data)
    assert wire.written == written


def test_closing_is_the_connections() -> None:
    wire = Wire()
    writer = AnswerWriter(wire)
    assert not writer.is_closing()
    writer.close()
    assert wire.closed
    assert writer.is_closing()


@pytest.mark.parametrize("path", ["/validate", "/nowhere"])
def test_an_answer_is_one_record(server: RunningServer, path: str) -> None:
    body = RECORDED["validate-update-renews"]
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with server.connect() as connection:
        connection.sendall(head.encode() + body)
        # Over TLS, one call returns what one record has.
        header, _, rest = connection.recv(65536).partition(b"\r\n\r\n")
        assert f"content-length: {len(rest)}" in header.decode().lower()
        assert rest


def test_an_answer_without_a_body_is_not_held_back(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(b"HEAD /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 ")
