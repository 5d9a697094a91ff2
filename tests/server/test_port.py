"""What a port does when the system refuses it something, and when its time is up."""

from __future__ import annotations

import errno
import socket
import threading
from typing import TYPE_CHECKING

from structlog.testing import capture_logs
from typing_extensions import override

from app.server import protocol
from app.settings import ReviewLimits
from tests.server import running
from tests.server.running import PATIENCE, Recorder, running_leasegate
from tests.server.test_connection import BODY, JSON, UID, answered_uid, request

if TYPE_CHECKING:
    import pytest

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
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_EXCHANGE_SECONDS", FOR_EVER)
    patient = ReviewLimits(seconds=FOR_EVER, body_seconds=FOR_EVER)
    with running_leasegate(certificates, Recorder(), reviews=patient) as server:
        connection = server.connect()
        connection.sendall(REVIEW[:-1])
    # The block's end asserts that the server has stopped.
    connection.close()
