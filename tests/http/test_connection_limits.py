"""Limits of time, number and size of a port's connections, with short settings.

What is late is only said to end at all: every wait has a deadline, and no test measures speed.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest

from app.http import places
from app.http.limits import ConnectionLimits
from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.server.running import (
    PATIENCE,
    RunningServer,
    is_closed,
    read_answer,
    running_leasegate,
)
from tests.server.talking import last_answer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from tests.server.running import Certificates, Recorder

SHORT = 1.5
"""Longer than a handshake takes on a machine that has much else to do."""
REVIEW = request(*JSON) + BODY


@contextmanager
def plain_connection(server: RunningServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        yield connection


@pytest.fixture(scope="module")
def impatient(certificates: Certificates, shared_recorder: Recorder) -> Iterator[RunningServer]:
    limits = ConnectionLimits(handshake_seconds=SHORT, header_seconds=SHORT)
    with running_leasegate(certificates, shared_recorder, limits=limits) as server:
        yield server


@pytest.mark.parametrize(
    "sent",
    [pytest.param(b"", id="silent"), pytest.param(b"\x16\x03\x01\x02\x00\x01", id="a half hello")],
)
def test_an_unfinished_handshake_is_ended(impatient: RunningServer, sent: bytes) -> None:
    with plain_connection(impatient) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_silent_connection_is_ended(impatient: RunningServer) -> None:
    with impatient.connect() as connection:
        assert is_closed(connection)


@pytest.mark.parametrize(
    "before", [pytest.param(b"", id="first"), pytest.param(REVIEW, id="second")]
)
def test_a_header_that_comes_too_slowly_is_answered_with_408(
    impatient: RunningServer, before: bytes
) -> None:
    header = chain(b"POST /validate HTTP/1.1\r\nA: ", repeat(ord("a")))
    bytes_of_it = (bytes([byte]) for byte in header)
    answer = last_answer(impatient, chain([before], bytes_of_it), pause=0.05)
    assert answer.code == 408
    assert answer.headers["connection"] == "close"
    assert json.loads(answer.body)["reason"] == "Timeout"


def test_a_connection_that_had_an_answer_may_be_silent_for_longer(
    impatient: RunningServer,
) -> None:
    with impatient.connect() as pooled, impatient.connect() as silent:
        pooled.sendall(REVIEW)
        assert answered_uid(pooled) == UID
        assert is_closed(silent)
        pooled.sendall(REVIEW)
        assert answered_uid(pooled) == UID


def test_an_idle_connection_is_ended_in_the_end(
    certificates: Certificates, shared_recorder: Recorder
) -> None:
    limits = ConnectionLimits(idle_seconds=SHORT)
    with (
        running_leasegate(certificates, shared_recorder, limits=limits) as server,
        server.connect() as connection,
    ):
        connection.sendall(REVIEW)
        assert answered_uid(connection) == UID
        assert is_closed(connection)


def test_idle_connections_outlive_those_of_kube_apiserver() -> None:
    assert ConnectionLimits().idle_seconds >= 90 + 30


def test_slow_and_silent_clients_have_less_than_ten_seconds() -> None:
    limits = ConnectionLimits()
    assert limits.handshake_seconds + limits.header_seconds < 10


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        pytest.param(
            request(*JSON, *(f"X-{number}: y" for number in range(100))) + BODY,
            "the header has more than 64 fields",
            id="many fields",
        ),
        pytest.param(
            request(*JSON, f"X: {'y' * 100_000}"),
            "the header is larger than 32768 bytes",
            id="a long field",
        ),
        pytest.param(
            b"POST /validate HTTP/1.1\r\nX: " + b"y" * 40_000,
            "the header is larger than 32768 bytes",
            id="a long field without an end",
        ),
        pytest.param(
            b"POST /validate?" + b"y" * 40_000,
            "the header is larger than 32768 bytes",
            id="a long path without an end",
        ),
        pytest.param(
            request(*JSON, *(f"X-{number}: {'y' * 100}" for number in range(1000))),
            "the header is larger than 32768 bytes",
            id="many long fields",
        ),
    ],
)
def test_a_header_over_its_limits_is_answered_with_431(
    server: RunningServer, sent: bytes, message: str
) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        answer = read_answer(connection)
        assert answer.code == 431
        assert json.loads(answer.body)["message"] == message
        assert is_closed(connection)


def test_a_header_inside_its_limits_is_fine(server: RunningServer) -> None:
    fields = [f"X-{number}: {'y' * 400}" for number in range(60)]
    with server.connect() as connection:
        connection.sendall(request(*JSON, *fields) + BODY)
        assert answered_uid(connection) == UID


CROWDED = ConnectionLimits(connections=4, handshake_seconds=60, header_seconds=60)


@pytest.fixture
def crowded(
    certificates: Certificates, shared_recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningServer]:
    # However slow the machine, who may be spared depends on the order alone.
    monkeypatch.setattr(places, "NEW_SECONDS", 0)
    with running_leasegate(certificates, shared_recorder, limits=CROWDED) as server:
        yield server


def connect_when_there_is_room(server: RunningServer) -> ssl.SSLSocket:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return server.connect()
        except OSError:
            assert time.monotonic() < deadline, "there was never room"
            time.sleep(0.01)


def test_silent_clients_at_the_limit_make_room_and_pooled_connections_stay(
    crowded: RunningServer,
) -> None:
    with ExitStack() as open_connections:
        pooled = open_connections.enter_context(crowded.connect())
        pooled.sendall(REVIEW)
        assert answered_uid(pooled) == UID
        without_handshake = open_connections.enter_context(plain_connection(crowded))
        silent = [open_connections.enter_context(crowded.connect()) for _ in range(2)]
        for victim in (without_handshake, *silent):
            good = open_connections.enter_context(connect_when_there_is_room(crowded))
            good.sendall(REVIEW)
            assert answered_uid(good) == UID
            assert is_closed(victim)
        pooled.sendall(REVIEW)
        assert answered_uid(pooled) == UID


def test_at_the_limit_the_connection_that_was_idle_for_longest_goes(
    crowded: RunningServer,
) -> None:
    with ExitStack() as open_connections:
        pooled = [open_connections.enter_context(crowded.connect()) for _ in range(4)]
        for connection in pooled:
            connection.sendall(REVIEW)
            assert answered_uid(connection) == UID
        pooled[0].sendall(REVIEW)
        assert answered_uid(pooled[0]) == UID
        good = open_connections.enter_context(connect_when_there_is_room(crowded))
        good.sendall(REVIEW)
        assert answered_uid(good) == UID
        ended = read_answer(pooled[1])
        assert (ended.code, ended.headers["retry-after"]) == (503, "0")
        assert is_closed(pooled[1])
        pooled[0].sendall(REVIEW)
        assert answered_uid(pooled[0]) == UID
