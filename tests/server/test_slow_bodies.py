"""Bodies that do not arrive, over real connections to a real process."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.http.test_connection import BODY, JSON, request
from tests.server.replica import replica
from tests.server.running import Certificates, RunningServer, is_closed, read_answer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("?timeout=1s", 504, id="the caller's own deadline"),
        pytest.param("?timeout=soon", 408, id="no usable deadline"),
    ],
)
def test_a_client_that_sends_half_a_body_is_answered_and_closed(
    certificates: Certificates, tmp_path: Path, query: str, code: int
) -> None:
    with replica(certificates, tmp_path / "log", "--drain-seconds=0") as process:
        server = RunningServer(process.port, certificates.ca)
        with server.connect() as connection:
            begun = time.monotonic()
            connection.sendall(request(*JSON, path=f"/validate{query}") + BODY[:-1])
            answer = read_answer(connection)
            assert answer.code == code
            assert answer.headers["connection"] == "close"
            assert json.loads(answer.body)["kind"] == "Status"
            assert is_closed(connection)
            assert time.monotonic() - begun < 10, "it was held open"
