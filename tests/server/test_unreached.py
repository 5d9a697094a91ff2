"""Requests that are answered before they reach an endpoint are observed as well."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.http.test_connection import BODY, JSON, request
from tests.server.replica import PATIENCE, replica
from tests.server.running import Recorder, RunningServer, read_answer, running_leasegate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.running import Certificates

REVIEW = request(*JSON) + BODY
HALF = 40


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"no HTTP\r\n\r\n", 400, id="bytes that are not HTTP"),
        pytest.param(request("Upgrade: x", "Connection: upgrade"), 400, id="an upgrade"),
        pytest.param(request(*(f"X-{n}: y" for n in range(1000))), 431, id="many fields"),
        pytest.param(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, id="another version of HTTP"),
    ],
)
def test_the_observer_is_told_of(certificates: Certificates, sent: bytes, code: int) -> None:
    recorder = Recorder()
    with running_leasegate(certificates, recorder) as server, server.connect() as connection:
        connection.sendall(sent)
        assert read_answer(connection).code == code
        recorder.wait_until(lambda told: bool(told.refusals))
    [(webhook, told_code, message)] = recorder.refusals
    assert (webhook, told_code) == ("", code)
    assert message


def test_what_is_sent_to_another_replica_is_counted(
    certificates: Certificates, tmp_path: Path
) -> None:
    with replica(certificates, tmp_path / "log", "--drain-seconds=0") as process:
        server = RunningServer(process.port, certificates.ca)
        with server.connect() as half, server.connect() as unfinished:
            half.sendall(REVIEW[:HALF])
            unfinished.sendall(REVIEW[:HALF])
            process.terminate()
            deadline = time.monotonic() + PATIENCE
            while process.is_ready():
                assert time.monotonic() < deadline, "it stayed ready"
            half.sendall(REVIEW[HALF:])
            assert read_answer(half).code == 503
            # The connection that is unfinished keeps the process for a while.
            metrics = list[str]()
            while "leasegate_shutdown_refusals_total 1.0" not in metrics:
                assert time.monotonic() < deadline, "it was not counted"
                metrics = process.operations("/metrics").splitlines()
    assert "leasegate_connections 1.0" in metrics or "leasegate_connections 2.0" in metrics
    assert 'leasegate_connections_dropped_total{reason="limit"} 0.0' in metrics
