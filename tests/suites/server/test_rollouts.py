"""Rolling restarts under load: no review may be lost, since kube-apiserver does not send it again.

The replicas drain for four seconds where they have ten by default. What must fit into it is the
time in which the rest of the cluster learns that a replica is going: here the forwarder asks for
readiness every 50 ms, unless the machine has much else to do; in a cluster the endpoints have to
reach every kube-proxy.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.server.replica import Replica, replica
from tests.suites.server.client_program import posting
from tests.suites.server.forwarder import Forwarder, forwarding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.server.running import Certificates

ROLLOUTS = 5
POSTS = 20_000
PROBE_SECONDS = 0.05
DRAIN_SECONDS = "4"
WORKERS, BURST = 16, 10

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def start(certificates: Certificates, tmp_path: Path) -> Iterator[Callable[[str], Replica]]:
    """Return a way to start a replica that drains for so many seconds."""
    with ExitStack() as replicas:
        yield lambda drain_seconds: replicas.enter_context(
            replica(certificates, tmp_path / "log", f"--drain-seconds={drain_seconds}")
        )


def replace(
    replicas: list[Replica], forwarder: Forwarder, start: Callable[[], Replica]
) -> Iterator[Replica]:
    """Put a new replica beside each one; yield the old one, which the caller ends."""
    for index, old in enumerate(replicas):
        replicas[index] = start()
        forwarder.add(replicas[index])
        yield old


def test_rolling_restarts_lose_no_review(
    start: Callable[[str], Replica], client_program: Path, certificates: Certificates
) -> None:
    replicas = [start(DRAIN_SECONDS), start(DRAIN_SECONDS)]
    with forwarding(PROBE_SECONDS) as forwarder:
        for present in replicas:
            forwarder.add(present)
        with posting(
            client_program, forwarder.port, certificates, workers=WORKERS, burst=BURST
        ) as posts:
            rollouts = 0
            while rollouts < ROLLOUTS or posts.posts() < POSTS:
                for old in replace(replicas, forwarder, lambda: start(DRAIN_SECONDS)):
                    old.terminate()
                    assert old.wait() == 0
                    forwarder.remove(old)
                rollouts += 1
            outcome = posts.stop()
    assert (outcome.failures, outcome.errors) == (0, [])
    assert outcome.answered == outcome.posts >= POSTS
    assert outcome.closing > 0, "no answer asked to close the connection"


def test_pooled_connections_that_are_ended_lose_no_review(
    start: Callable[[str], Replica], client_program: Path, certificates: Certificates
) -> None:
    """Without any drain, but no new connection goes to the replica: what is left is the pool."""
    replicas = [start("0"), start("0")]
    with forwarding(PROBE_SECONDS) as forwarder:
        for present in replicas:
            forwarder.add(present)
        with posting(
            client_program, forwarder.port, certificates, workers=WORKERS, burst=BURST
        ) as posts:
            for _ in range(ROLLOUTS):
                begun = posts.posts()
                for old in replace(replicas, forwarder, lambda: start("0")):
                    forwarder.remove(old)
                    old.terminate()
                    assert old.wait() == 0
                while posts.posts() < begun + 500:
                    time.sleep(0.05)
            outcome = posts.stop()
    assert (outcome.failures, outcome.errors) == (0, [])
