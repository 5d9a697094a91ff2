"""Clients that do not behave, over raw connections."""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from tests.reviews import RECORDED, recorded
from tests.server.running import PATIENCE, is_closed, read_answer

if TYPE_CHECKING:
    import ssl

    from tests.server.running import RunningServer

NAME = "validate-update-renews"
BODY = RECORDED[NAME]
UID = recorded(NAME)["request"]["uid"]


def request(*headers: str, path: str = "/validate", method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


JSON = ("Content-Type: application/json", f"Content-Length: {len(BODY)}")


def answered_uid(connection: ssl.SSLSocket) -> str:
    answer = read_answer(connection)
    assert answer.code == 200
    uid: str = json.loads(answer.body)["response"]["uid"]
    return uid


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x00\x01\x02\x03\r\n\r\n", id="bytes"),
        pytest.param(b"hello\r\n\r\n", id="a word"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="the preface of HTTP/2"),
        pytest.param(b"POST /validate HTTP/9.9\r\n\r\n", id="a version"),
        pytest.param(b"POST  HTTP/1.1\r\n\r\n", id="no path"),
        pytest.param(b"POST \xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", id="a path that is no text"),
        pytest.param(request("Content-Length: x"), id="a length that is no number"),
        pytest.param(request("Content-Length: -1"), id="a negative length"),
        pytest.param(request(f"Content-Length: {'9' * 5000}"), id="a length of 5,000 digits"),
        pytest.param(request("Content-Length: 1", "Content-Length: 2"), id="two lengths"),
        pytest.param(
            request("Content-Length: 5", "Transfer-Encoding: chunked"), id="a length and chunks"
        ),
        pytest.param(request("Na\0me: x"), id="a header with a control character"),
        pytest.param(request("no colon"), id="a header without a colon"),
        pytest.param(
            request("Transfer-Encoding: chunked", "Content-Type: application/json") + b"zz\r\n",
            id="a chunk whose size is no number",
        ),
    ],
)
def test_what_is_not_http_gets_a_status_and_an_end(server: RunningServer, garbage: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(garbage)
        answer = read_answer(connection)
        assert answer.code == 400
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["connection"] == "close"
        status = json.loads(answer.body)
        assert status["kind"] == "Status"
        assert status["code"] == 400
        assert "HTTP" in status["message"]
        assert is_closed(connection)


def test_plain_http_on_the_tls_port_gets_nothing_and_harms_nobody(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(request(*JSON) + BODY)
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"HTTP" not in said
    with server.connect() as connection:
        connection.sendall(request(*JSON) + BODY)
        assert answered_uid(connection) == UID


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request(*JSON)[:40], id="inside the headers"),
        pytest.param(request(*JSON), id="after the headers"),
        pytest.param(request(*JSON) + BODY[:500], id="inside the body"),
        pytest.param(request(*JSON) + BODY, id="before the answer"),
        pytest.param(
            request("Content-Type: application/json", "Content-Length: 999999999") + BODY,
            id="inside a body over the limit",
        ),
    ],
)
def test_a_client_that_goes_away_harms_nobody(
    server: RunningServer, sent: bytes, *, reset: bool
) -> None:
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    if reset:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with server.context().wrap_socket(plain, server_hostname="127.0.0.1") as connection:
        connection.sendall(sent)
    with server.connect() as connection:
        connection.sendall(request(*JSON) + BODY)
        assert answered_uid(connection) == UID


def test_a_client_that_expects_100_continue_is_told_to_go_on(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(request(*JSON, "Expect: 100-continue"))
        # http.client would skip it.
        assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert answered_uid(connection) == UID


def test_a_body_that_comes_byte_by_byte_is_put_together(server: RunningServer) -> None:
    with server.connect() as connection:
        for byte in request(*JSON) + BODY:
            connection.sendall(bytes([byte]))
        assert answered_uid(connection) == UID


def test_many_requests_on_one_connection_are_answered_in_order(server: RunningServer) -> None:
    uids = [f"{number:05d}{UID[5:]}" for number in range(20)]
    with server.connect() as connection:
        connection.sendall(
            b"".join(request(*JSON) + BODY.replace(UID.encode(), uid.encode()) for uid in uids)
        )
        assert [answered_uid(connection) for _ in uids] == uids


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_an_upgrade_is_not_followed(server: RunningServer, upgrade: str) -> None:
    with server.connect() as connection:
        connection.sendall(request(*JSON, "Connection: Upgrade", f"Upgrade: {upgrade}") + BODY)
        answer = read_answer(connection)
        assert answer.code == 400
        assert "Upgrade" in json.loads(answer.body)["message"]
        assert is_closed(connection)


def test_an_http_1_0_client_is_answered_and_left(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(request(*JSON).replace(b"HTTP/1.1", b"HTTP/1.0") + BODY)
        assert answered_uid(connection) == UID
        assert is_closed(connection)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(("Content-Type: text/plain",), id="another type"),
        pytest.param(
            ("Content-Type: application/json", "Content-Encoding: br"), id="a compressed body"
        ),
    ],
)
def test_a_refused_client_gets_the_whole_answer_though_it_is_still_sending(
    server: RunningServer, headers: tuple[str, ...]
) -> None:
    size = 4_000_000
    with server.connect() as connection:
        # Only then does it read: one thread, since OpenSSL has no lock between two.
        connection.sendall(request(*headers, f"Content-Length: {size}") + b" " * size)
        answer = read_answer(connection)
    assert answer.code == 415
    assert json.loads(answer.body)["kind"] == "Status"
