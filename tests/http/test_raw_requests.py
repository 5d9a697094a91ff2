"""Requests that try to be read in two ways, or not at all, over raw connections and real TLS.

Each gets one answer, a Status and an end, or nothing but an end; none may bring a second request in
past the first (request smuggling, RFC 9112 section 11.2), and none may harm the next client.
"""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.server.running import PATIENCE, Recorder, is_closed, read_answer, running_leasegate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.running import Certificates, RunningServer

REVIEW = request(*JSON) + BODY
TYPE, LENGTH = JSON
CHUNKED = (TYPE, "Transfer-Encoding: chunked")
SMUGGLED = request("Content-Length: 0", path="/smuggled")
"""A request that must never be seen: it would get a 404, and the recorder would be told."""


def chunk(content: bytes, size: bytes | None = None) -> bytes:
    return b"%b\r\n%b\r\n" % (size or b"%x" % len(content), content)


def raw(*lines: bytes, end: bytes = b"\r\n") -> bytes:
    return end.join([b"POST /validate HTTP/1.1", b"Host: x", *lines, b"", b""])


class Scene(NamedTuple):
    """A server of its own, and what it was told."""

    server: RunningServer
    recorder: Recorder


@pytest.fixture(scope="module")
def scene(certificates: Certificates) -> Iterator[Scene]:
    recorder = Recorder()
    with running_leasegate(certificates, recorder) as server:
        yield Scene(server, recorder)


def assert_still_serving(scene: Scene) -> None:
    with scene.server.connect() as connection:
        connection.sendall(REVIEW)
        assert answered_uid(connection) == UID
    assert not [told for told in scene.recorder.refusals if told[1] == 404], "it was smuggled in"


# What is answered once with 400, whatever comes behind it.
REFUSED = {
    "a length and chunks, in this order": raw(b"Content-Length: 5", b"Transfer-Encoding: chunked")
    + b"0\r\n\r\n"
    + SMUGGLED,
    "chunks and a length, in this order": raw(b"Transfer-Encoding: chunked", b"Content-Length: 5")
    + b"0\r\n\r\n"
    + SMUGGLED,
    "two lengths": raw(b"Content-Length: 0", b"Content-Length: 9") + SMUGGLED,
    "the same length twice": raw(b"Content-Length: 0", b"Content-Length: 0") + SMUGGLED,
    "two lengths in one field": raw(b"Content-Length: 0, 9") + SMUGGLED,
    "a length with a plus": raw(b"Content-Length: +0") + SMUGGLED,
    "a length in hex": raw(b"Content-Length: 0x0") + SMUGGLED,
    "a length with a fraction": raw(b"Content-Length: 0.0") + SMUGGLED,
    "a length with an underscore": raw(b"Content-Length: 1_0") + SMUGGLED,
    "a length of 2 to the power of 64": raw(b"Content-Length: 18446744073709551616") + SMUGGLED,
    "an encoding that is not chunked": raw(b"Transfer-Encoding: gzip") + SMUGGLED,
    "chunked, but not last": raw(b"Transfer-Encoding: chunked, gzip") + SMUGGLED,
    "a name that ends in a space": raw(b"Content-Length : 5") + SMUGGLED,
    "a name with a tab": raw(b"Content\tLength: 5") + SMUGGLED,
    "no name": raw(b": 5") + SMUGGLED,
    "NUL in a name": raw(b"Content\0Length: 5") + SMUGGLED,
    "NUL in a value": raw(b"X: a\0b", b"Content-Length: 0") + SMUGGLED,
    "a bare CR in a value": raw(b"X: a\rContent-Length: 5", b"Content-Length: 0") + SMUGGLED,
    "a folded value": raw(b"X: a", b" Content-Length: 5", b"Content-Length: 0") + SMUGGLED,
    "a folded encoding": raw(b"Transfer-Encoding:", b" chunked", b"Content-Length: 0") + SMUGGLED,
    "a line that begins with a space": raw(b" X: a", b"Content-Length: 0") + SMUGGLED,
    "bare LF between lines": raw(b"Content-Length: 0", end=b"\n") + SMUGGLED,
    "no Host": b"POST /validate HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "two Hosts": raw(b"Host: y", b"Content-Length: 0"),
    "a method in lower case": b"post /validate HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that nobody knows": b"DECIDE /validate HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tab in the request line": b"GET\t/validate\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "a space in the path": b"POST /validate /x HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": b"POST /vali\0date HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version of one digit": b"POST /validate HTTP/1\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a TLS record inside of TLS": b"\x16\x03\x01\x00\x05hello",
    "a chunk's size that is no number": request(*CHUNKED) + chunk(b"ab", b"zz") + SMUGGLED,
    "a chunk's size with a sign": request(*CHUNKED) + chunk(b"ab", b"+2") + SMUGGLED,
    "a chunk's size below zero": request(*CHUNKED) + chunk(b"ab", b"-2") + SMUGGLED,
    "a chunk's size with 0x": request(*CHUNKED) + chunk(b"ab", b"0x2") + SMUGGLED,
    "a chunk without a size": request(*CHUNKED) + chunk(b"ab", b" ") + SMUGGLED,
    "a chunk of 2 to the power of 64": request(*CHUNKED) + chunk(b"ab", b"1" + b"0" * 16),
    "a chunk that is longer than it says": request(*CHUNKED) + chunk(b"abcd", b"2") + SMUGGLED,
    "a chunk's size before a bare LF": request(*CHUNKED) + b"2\nab\r\n0\r\n\r\n" + SMUGGLED,
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_what_can_be_read_in_two_ways_is_not_read_at_all(scene: Scene, sent: bytes) -> None:
    with scene.server.connect() as connection:
        connection.sendall(sent)
        answer = read_answer(connection)
        assert answer.code == 400
        assert answer.headers["connection"] == "close"
        status = json.loads(answer.body)
        assert (status["kind"], status["code"]) == ("Status", 400)
        assert is_closed(connection), "there was a second answer"
    assert_still_serving(scene)


# What is odd, but says one thing only.
ANSWERED = {
    "chunks of one byte": request(*CHUNKED)
    + b"".join(chunk(bytes([byte])) for byte in BODY)
    + b"0\r\n\r\n",
    "chunks with extensions": request(*CHUNKED)
    + chunk(BODY, b'%x;a=b;c="d"' % len(BODY))
    + b"0;last\r\n\r\n",
    "chunks with a trailer": request(*CHUNKED) + chunk(BODY) + b"0\r\nX-Checksum: 1\r\n\r\n",
    "a chunk's size in upper case with zeros": request(*CHUNKED)
    + chunk(BODY, b"000%X" % len(BODY))
    + b"0\r\n\r\n",
    "Chunked in upper case": request(TYPE, "TRANSFER-ENCODING: CHUNKED")
    + chunk(BODY)
    + b"0\r\n\r\n",
    "empty lines before it": b"\r\n\r\n" + REVIEW,
    "blanks around values": request(f"{TYPE}  ", f"Content-Length:\t{len(BODY)} \t") + BODY,
    "a length with zeros": request(TYPE, f"Content-Length: 000{len(BODY)}") + BODY,
    "names in upper case": request(TYPE.upper().replace("JSON", "json"), LENGTH.upper()) + BODY,
    "the whole address as its path": request(*JSON).replace(b" /validate", b" https://x/validate")
    + BODY,
    "two spaces before the version": request(*JSON).replace(b" HTTP/", b"  HTTP/") + BODY,
    "a fragment": request(*JSON, path="/validate?timeout=10s#x") + BODY,
}


@pytest.mark.parametrize("sent", ANSWERED.values(), ids=ANSWERED)
def test_what_is_only_odd_is_answered_and_the_connection_goes_on(scene: Scene, sent: bytes) -> None:
    with scene.server.connect() as connection:
        for review in (sent, REVIEW):
            connection.sendall(review)
            assert answered_uid(connection) == UID


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(request(method="HEAD"), 405, id="HEAD"),
        pytest.param(request(method="OPTIONS"), 405, id="OPTIONS"),
        pytest.param(request(method="TRACE"), 405, id="TRACE"),
        pytest.param(request(method="DELETE"), 405, id="DELETE"),
        pytest.param(request(method="CONNECT", path="localhost:443"), 400, id="CONNECT"),
        pytest.param(b"GET /validate\r\nHost: x\r\n\r\n", 505, id="HTTP/0.9"),
        pytest.param(request().replace(b"/1.1", b"/2.0"), 505, id="HTTP/2.0 in words"),
        pytest.param(request(*JSON, "Content-Encoding: gzip") + BODY, 415, id="compressed"),
    ],
)
def test_what_is_not_served_is_refused(scene: Scene, sent: bytes, code: int) -> None:
    with scene.server.connect() as connection:
        connection.sendall(sent)
        assert connection.recv(65536).startswith(f"HTTP/1.1 {code} ".encode())
    assert_still_serving(scene)


def test_what_follows_a_pipelined_error_is_not_read(scene: Scene) -> None:
    with scene.server.connect() as connection:
        connection.sendall(REVIEW + REFUSED["two lengths"] + REVIEW)
        assert answered_uid(connection) == UID
        assert read_answer(connection).code == 400
        assert is_closed(connection)
    assert_still_serving(scene)


def test_pipelined_requests_of_several_kinds_are_answered_in_order(scene: Scene) -> None:
    bad = request(TYPE, "Content-Length: 1") + b"{"
    with scene.server.connect() as connection:
        connection.sendall((REVIEW + bad) * 5)
        codes = [read_answer(connection).code for _ in range(10)]
    assert codes == [200, 400] * 5


def test_a_client_that_pipelines_and_never_reads_harms_nobody(scene: Scene) -> None:
    with scene.server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1.0)

        def pour() -> None:
            try:
                while True:
                    connection.sendall(REVIEW * 50)
            except OSError:
                return

        pouring = threading.Thread(target=pour)
        pouring.start()
        assert_still_serving(scene)
        pouring.join(PATIENCE)
        assert not pouring.is_alive(), "it could send for ever"
    assert_still_serving(scene)


def test_an_expectation_that_nobody_knows_is_ignored(scene: Scene) -> None:
    with scene.server.connect() as connection:
        connection.sendall(request(*JSON, "Expect: a miracle") + BODY)
        assert answered_uid(connection) == UID


def test_who_expects_100_continue_for_too_large_a_body_need_not_send_it(scene: Scene) -> None:
    size = 20 * 1024 * 1024
    with scene.server.connect() as connection:
        connection.sendall(
            request(TYPE, f"Content-Length: {size}", "Expect: 100-continue").replace(
                b"application/json", b"text/plain"
            )
        )
        assert read_answer(connection).code == 415
        assert is_closed(connection)


def test_no_answer_says_what_the_server_is_made_of(scene: Scene) -> None:
    for sent in (REVIEW, REFUSED["two lengths"], request(path="/nowhere", method="GET")):
        with scene.server.connect() as connection:
            connection.sendall(sent)
            answer = read_answer(connection)
            assert "server" not in answer.headers
            assert "via" not in answer.headers
            text = f"{answer.headers}{answer.body!r}".lower()
            assert not [
                word for word in ("uvicorn", "python", "fastapi", "starlette") if word in text
            ]
    scene.recorder.refusals.clear()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(REVIEW, id="a request in plain HTTP"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="the preface of HTTP/2"),
        pytest.param(b"SSH-2.0-x\r\n", id="another protocol"),
        pytest.param(b"\x16\x03\x01\xff\xff" + b"\0" * 70_000, id="a giant TLS record"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x28", id="a TLS alert"),
        pytest.param(b"\0" * 100, id="zeros"),
    ],
)
def test_what_is_not_tls_on_the_tls_port_gets_an_end(scene: Scene, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", scene.server.port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(sent)
            said = b"".join(iter(lambda: connection.recv(4096), b""))
        except ConnectionError:
            said = b""
    assert b"HTTP" not in said
    assert_still_serving(scene)
