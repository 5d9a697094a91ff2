"""The end of a process: what becomes of its connections, and how long it takes."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.server.replica import Replica, replica
from tests.server.running import PATIENCE, Answer, RunningServer, is_closed, read_answer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.running import Certificates

REVIEW = request(*JSON) + BODY
HALF = 40
AT_ONCE = 0
FOR_EVER = 3600


@pytest.fixture
def process(
    request: pytest.FixtureRequest, certificates: Certificates, tmp_path: Path
) -> Iterator[Replica]:
    """A process that drains for as many seconds as the test's parameter says."""
    flag = f"--drain-seconds={request.param}"
    with replica(certificates, tmp_path / "log", flag) as running:
        yield running


@pytest.fixture
def server(process: Replica, certificates: Certificates) -> RunningServer:
    return RunningServer(process.port, certificates.ca)


def drains(seconds: float) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("process", [seconds], indirect=True, ids=[""])


def pooled(server: RunningServer) -> ssl.SSLSocket:
    """Return a connection that was used and is idle."""
    connection = server.connect()
    connection.sendall(REVIEW)
    assert answered_uid(connection) == UID
    return connection


def readyz_until_not_ready(process: Replica) -> str:
    deadline = time.monotonic() + PATIENCE
    while process.is_ready():
        assert time.monotonic() < deadline, "it stayed ready"
    return process.operations("/readyz")


def assert_sent_elsewhere(answer: Answer) -> None:
    assert answer.code == 503
    assert answer.headers["retry-after"] == "0"
    assert answer.headers["connection"] == "close"


@drains(FOR_EVER)
def test_a_draining_server_is_not_ready_and_answers_each_connection_once(
    process: Replica, server: RunningServer
) -> None:
    with pooled(server) as used, server.connect() as unused, server.connect() as under_way:
        under_way.sendall(REVIEW[:HALF])
        process.terminate()
        assert "[-]shutdown failed: the server is shutting down" in readyz_until_not_ready(process)
        assert process.operations("/livez") == "ok"
        under_way.sendall(REVIEW[HALF:])
        with server.connect() as new:
            for connection in (used, unused, new):
                connection.sendall(REVIEW)
            for connection in (used, unused, new, under_way):
                answer = read_answer(connection)
                assert answer.code == 200
                assert answer.headers["connection"] == "close"
                assert is_closed(connection)


@drains(AT_ONCE)
def test_after_the_drain_idle_connections_and_new_requests_are_sent_elsewhere(
    process: Replica, server: RunningServer
) -> None:
    with pooled(server) as idle, server.connect() as half, server.connect() as in_time:
        half.sendall(REVIEW[:HALF])
        in_time.sendall(REVIEW[:-HALF])
        process.terminate()
        assert_sent_elsewhere(read_answer(idle))
        with server.connect() as new:
            new.sendall(REVIEW)
            assert_sent_elsewhere(read_answer(new))
        half.sendall(REVIEW[HALF:])
        assert_sent_elsewhere(read_answer(half))
        # The operations port outlives the admission port.
        assert "[-]shutdown failed" in process.operations("/readyz")
        assert process.operations("/livez") == "ok"
        in_time.sendall(REVIEW[-HALF:])
        assert read_answer(in_time).headers["connection"] == "close"
        assert process.wait() == 0


@drains(AT_ONCE)
def test_what_never_finishes_does_not_hold_up_the_end(
    process: Replica, server: RunningServer
) -> None:
    with server.connect() as slow:
        slow.sendall(REVIEW[:-1])
        process.terminate()
        assert process.wait() == 0


@drains(FOR_EVER)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(signal.SIGTERM, signal.SIGTERM, id="SIGTERM twice"),
        pytest.param(signal.SIGTERM, signal.SIGINT, id="SIGTERM then SIGINT"),
    ],
)
def test_a_second_signal_ends_it_at_once(
    process: Replica, first: signal.Signals, second: signal.Signals
) -> None:
    process.process.send_signal(first)
    readyz_until_not_ready(process)
    process.process.send_signal(second)
    assert process.wait() == 128 + second


@drains(FOR_EVER)
def test_somebody_at_a_terminal_does_not_wait_for_the_drain(
    process: Replica, server: RunningServer
) -> None:
    with pooled(server) as idle:
        process.process.send_signal(signal.SIGINT)
        assert_sent_elsewhere(read_answer(idle))
    assert process.wait() == 0


@drains(0.5)
def test_a_drain_ends_by_itself(process: Replica, server: RunningServer) -> None:
    with pooled(server) as idle:
        process.terminate()
        readyz_until_not_ready(process)
        assert_sent_elsewhere(read_answer(idle))
    assert process.wait() == 0
