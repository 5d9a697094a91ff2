"""That the parts of a real process report to its metrics."""

from __future__ import annotations

import hashlib
import re
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cryptography import x509

from tests.http.test_connection import BODY, JSON, answered_uid, request
from tests.server.replica import PATIENCE, replica
from tests.server.running import RunningServer, read_answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.replica import Replica
    from tests.server.running import Certificates

REVIEW = request(*JSON) + BODY


def value(process: Replica, series: str) -> float | None:
    text = process.operations("/metrics")
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return None if found is None else float(found[1])


def wait_for(process: Replica, series: str, expected: float) -> None:
    deadline = time.monotonic() + PATIENCE
    while value(process, series) != expected:
        assert time.monotonic() < deadline, f"{series} did not become {expected}"
        time.sleep(0.05)


def test_configuration_certificate_and_readiness_are_shown(
    certificates: Certificates, tmp_path: Path
) -> None:
    configuration = tmp_path / "leasegate.yaml"
    configuration.write_text("rules: {profile: strict}\n")
    with replica(certificates, tmp_path / "log", "--config", str(configuration)) as process:
        digest = hashlib.sha256(configuration.read_bytes()).hexdigest()
        assert value(process, f'leasegate_configuration_info{{sha256="{digest}"}}') == 1
        leaf = x509.load_pem_x509_certificates(certificates.certificate.read_bytes())[0]
        assert (
            value(process, 'leasegate_certificate_not_after_seconds{certificate="serving"}')
            == leaf.not_valid_after_utc.timestamp()
        )
        assert value(process, "leasegate_ready") == 1
        configuration.write_text("rules: {profile: nonsense}\n")
        wait_for(process, 'leasegate_last_reload_successful{what="rules"}', 0)
        assert value(process, 'leasegate_reloads_total{result="failure",what="rules"}') == 1
        assert value(process, f'leasegate_configuration_info{{sha256="{digest}"}}') == 1


def test_connections_and_reviews_in_flight_are_shown(
    certificates: Certificates, tmp_path: Path
) -> None:
    with replica(certificates, tmp_path / "log") as process:
        server = RunningServer(process.port, certificates.ca)
        with server.connect() as idle, server.connect() as half:
            idle.sendall(REVIEW)
            answered_uid(idle)
            half.sendall(REVIEW[:-1])
            wait_for(process, "leasegate_reviews_in_flight", 1)
            assert value(process, "leasegate_connections") == 2
            half.sendall(REVIEW[-1:])
            assert read_answer(half).code == 200
            wait_for(process, "leasegate_reviews_in_flight", 0)
        wait_for(process, "leasegate_connections", 0)


def test_connections_that_are_dropped_are_counted_by_the_reason(
    certificates: Certificates, tmp_path: Path
) -> None:
    with (
        replica(certificates, tmp_path / "log", "--max-connections=10") as process,
        ExitStack() as many,
    ):
        dropped = 'leasegate_connections_dropped_total{{reason="{}"}}'.format
        assert value(process, dropped("limit")) == value(process, dropped("handshake")) == 0
        address = ("127.0.0.1", process.port)
        with socket.create_connection(address, timeout=PATIENCE) as plain:
            plain.sendall(REVIEW)
        wait_for(process, dropped("handshake"), 1)
        wait_for(process, "leasegate_connections", 0)
        for _ in range(11):
            many.enter_context(socket.create_connection(address, timeout=PATIENCE))
        wait_for(process, dropped("limit"), 1)
