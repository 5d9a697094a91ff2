"""Good callers behind the address that attacks, as with SNAT: open connections stay."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.http.limits import ConnectionLimits
from tests.http.test_connection import BODY, UID, answered_uid
from tests.http.test_connection_limits import REVIEW
from tests.server.running import running_leasegate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.running import Certificates, Recorder

PLACES = ConnectionLimits(connections=20)


@pytest.mark.parametrize(
    "attack",
    [
        "404 every 3 s on each connection",
        "stalled chunked bodies",
        "6,000 pipelined requests",
        "hellos, P-256",
    ],
)
def test_open_connections_lose_no_review_and_new_ones_are_served(
    certificates: Certificates, shared_recorder: Recorder, root: Path, attack: str
) -> None:
    with (
        running_leasegate(certificates, shared_recorder, limits=PLACES) as server,
        ExitStack() as stack,
    ):
        pooled = [stack.enter_context(server.connect()) for _ in range(3)]
        for connection in pooled:
            connection.sendall(REVIEW)
            assert answered_uid(connection) == UID
        command = (sys.executable, "-m", "bench.soak.attack", attack)
        target = (str(server.port), "1", str(server.ca), "3")
        served = 0
        with subprocess.Popen(
            [*command, *target], cwd=root, stdout=subprocess.DEVNULL
        ) as attacking:
            while attacking.poll() is None:
                for connection in pooled:
                    connection.sendall(REVIEW)
                    assert answered_uid(connection) == UID
                served += is_served_anew(server.client())
        assert attacking.returncode == 0
        assert served


def is_served_anew(client: httpx2.Client) -> bool:
    """Whether a review is answered over a new connection, which may have to go before that."""
    with client:
        try:
            answer = client.post(
                "/validate", content=BODY, headers={"Content-Type": "application/json"}
            )
        except httpx2.TransportError:
            return False
    return bool(answer.json()["response"]["uid"] == UID)
