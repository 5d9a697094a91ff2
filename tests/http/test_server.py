"""What a port does when the system refuses it something, and when its time is up."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from structlog.testing import capture_logs
from typing_extensions import override

from app.http import places
from app.http.limits import ConnectionLimits
from app.http.listener import bind
from app.http.server import HttpServer
from app.pki.files import read_pem
from app.pki.keypair import parse_key_pair
from app.pki.tls import new_context, tls_context
from app.server.limits import ReviewLimits
from tests.http.test_connection import BODY, JSON, UID, answered_uid, request
from tests.server import running
from tests.server.running import (
    PATIENCE,
    REFUSALS,
    Recorder,
    RunningServer,
    read_answer,
    running_leasegate,
)

if TYPE_CHECKING:
    import pytest
    from starlette.types import Receive, Scope, Send

    from tests.server.running import Certificates

REVIEW = request(*JSON) + BODY
FOR_EVER = 3600.0


class Exhausted(socket.socket):
    """A listener whose process has no file descriptors left, until it is relieved."""

    def __init__(self) -> None:
        super().__init__()
        self.bind(("127.0.0.1", 0))
        self.listen()
        self.settimeout(0)
        self.refused = 0
        self.relieved = threading.Event()

    @override
    def accept(self) -> tuple[socket.socket, object]:
        if not self.relieved.is_set():
            self.refused += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_without_file_descriptors_it_waits_rather_than_turns_in_circles(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Exhausted()
    monkeypatch.setattr(running, "bind", lambda *_: listener)
    with (
        capture_logs() as records,
        running_leasegate(certificates, Recorder()) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as plain,
    ):
        # The connection waits in the listener's queue meanwhile, which stays readable.
        assert not listener.relieved.wait(0.5)
        listener.relieved.set()
        with server.context().wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.sendall(REVIEW)
            assert answered_uid(connection) == UID
    assert 1 <= listener.refused < 10
    assert records[0]["reason"] == "Too many open files"


def test_the_end_waits_for_nobody_beyond_its_budget(
    certificates: Certificates,
) -> None:
    patient = ReviewLimits(seconds=FOR_EVER, body_seconds=FOR_EVER)
    limits = ConnectionLimits(request_seconds=FOR_EVER)
    with running_leasegate(certificates, Recorder(), reviews=patient, limits=limits) as server:
        connection = server.connect()
        connection.sendall(REVIEW[:-1])
    # The block's end asserts that the server has stopped.
    connection.close()


async def unasked(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("the application was asked")


async def test_a_burst_of_silent_clients_does_not_get_past_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "NEW_SECONDS", 0)
    limit = 4

    listener = bind("127.0.0.1", 0)
    # Silent clients do not end by themselves before the test does.
    limits = ConnectionLimits(connections=limit, handshake_seconds=10 * PATIENCE)
    port = HttpServer(unasked, listener, limits, REFUSALS, new_context)
    port.open()
    with ExitStack() as clients:
        for _ in range(3):
            # The event loop finds all of them waiting when it turns again.
            for _ in range(5 * limit):
                address = listener.getsockname()
                clients.enter_context(socket.create_connection(address, timeout=PATIENCE))
            async with asyncio.timeout(PATIENCE):
                # Nobody tells when the port has dealt with them.
                while not port.dropped["limit"] or port.connections > limit:  # noqa: ASYNC110
                    await asyncio.sleep(0)
    await port.close(0)


async def test_whoever_came_before_the_end_is_still_told() -> None:
    """A connection that the kernel has accepted is not reset, though the loop did not turn."""

    listener = bind("127.0.0.1", 0)
    port = HttpServer(unasked, listener, ConnectionLimits(), REFUSALS)
    port.open()
    port.refuse_all(503, "shutting down")
    with socket.create_connection(listener.getsockname(), timeout=PATIENCE) as client:
        client.sendall(REVIEW)
        await port.close(PATIENCE)
        assert read_answer(client).code == 503


async def test_a_client_that_takes_no_leave_in_tls_is_not_waited_for(
    certificates: Certificates,
) -> None:
    """asyncio would wait for half a minute."""
    pair = parse_key_pair(read_pem(certificates.certificate), read_pem(certificates.key))
    context = tls_context(pair)

    listener = bind("127.0.0.1", 0)
    port = HttpServer(unasked, listener, ConnectionLimits(), REFUSALS, lambda: context)
    port.open()
    port.refuse_all(503, "shutting down")
    server = RunningServer(listener.getsockname()[1], certificates.ca)
    with await asyncio.to_thread(server.connect) as client:
        client.sendall(REVIEW.replace(b"HTTP/1.1", b"HTTP/1.0"))
        async with asyncio.timeout(PATIENCE):
            while port.connections:  # noqa: ASYNC110  nobody tells when it has ended
                await asyncio.sleep(0.05)
    await port.close(0)
