"""In which API versions a cluster serves LeaseCandidate, and where leasegate says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import structlog

from app.cluster.connection import connect
from app.cluster.discovery import Discovery
from app.leasecandidate.served import ServedVersions
from app.server.metrics import create_metrics
from tests.cluster.api_server import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from structlog.typing import EventDict

    from tests.cluster.api_server import ApiServer

KNOWN = ("v1beta1", "v1alpha2")


def follow(
    server: ApiServer, changes: Sequence[Callable[[], None]] = ()
) -> tuple[list[ServedVersions], list[str], list[EventDict]]:
    """Ask once, and once more after each change; return what was found, the notes and the log."""
    found: list[ServedVersions] = []
    notes: list[str] = []

    async def ask() -> None:
        client = connect(server.kubeconfig, lambda _date: None)
        discovery = Discovery(client.http, found.append, seconds=0)
        notes.append(discovery.note())
        asked = len(server.requests)
        task = asyncio.create_task(discovery.run())
        for change in (*changes, None):
            rounds = len(server.requests) + 9  # more than one round asks
            # another thread counts
            while len(server.requests) < max(rounds, asked + 1):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            notes.append(discovery.note())
            if change is not None:
                change()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.close()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(ask())
    return found, notes, logs


@pytest.mark.parametrize(
    ("versions", "judged", "unknown", "sentence", "level"),
    [
        pytest.param((), (), (), "does not serve leasecandidates", "info", id="none"),
        pytest.param(
            KNOWN, KNOWN, (), "in v1beta1 and v1alpha2, and leasegate judges it", "info", id="both"
        ),
        pytest.param(
            ("v1", "v1beta1"),
            ("v1beta1",),
            ("v1",),
            "does not know v1 and judges it as v1beta1, while that is served; upgrade leasegate",
            "warning",
            id="a newer one beside one that is known",
        ),
        pytest.param(
            ("v1",), (), ("v1",), "so it judges none; upgrade it", "warning", id="a newer one alone"
        ),
    ],
)
def test_what_is_served_is_told_once(
    server: ApiServer,
    versions: tuple[str, ...],
    judged: tuple[str, ...],
    unknown: tuple[str, ...],
    sentence: str,
    level: str,
) -> None:
    server.versions = versions
    found, notes, logs = follow(server)
    assert set(found) == {ServedVersions(versions)}
    assert (found[0].judged, found[0].unknown) == (judged, unknown)
    assert notes[0] == "the cluster was not asked yet"
    assert sentence in notes[-1]
    [log] = logs
    assert (log["log_level"], log["versions"]) == (level, list(versions))
    assert sentence in log["detail"]


def test_a_version_that_comes_is_told(server: ApiServer) -> None:
    def upgrade() -> None:
        server.versions = ("v1",)

    _, notes, logs = follow(server, [upgrade])
    assert [log["versions"] for log in logs] == [["v1beta1", "v1alpha2"], ["v1"]]
    assert "judges none" in notes[-1]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer("GET", "coordination", 500, "away"), id="an error"),
        pytest.param(Answer("GET", "coordination", 200, body=b"<html>"), id="no JSON"),
        pytest.param(Answer("GET", "coordination", 200, body=b"[1]"), id="another JSON"),
    ],
)
def test_an_answer_that_cannot_be_read_says_nothing_of_versions(
    server: ApiServer, answer: Answer
) -> None:
    server.answers = [answer]
    found, notes, logs = follow(server)
    assert (found, logs) == ([], [])
    assert notes[-1].startswith("the API server cannot be read: ")


def test_the_metric_shows_which_are_judged() -> None:
    metrics = create_metrics()

    def shown() -> dict[tuple[str, str], float]:
        [family] = [one for one in metrics.registry.collect() if one.name == "leasegate_api_served"]
        return {
            (sample.labels["version"], sample.labels["judged"]): sample.value
            for sample in family.samples
        }

    assert shown() == {}
    metrics.served.observe(ServedVersions(("v1", "v1beta1")))
    assert shown() == {("v1", "false"): 1, ("v1beta1", "true"): 1, ("v1alpha2", "true"): 0}
    metrics.served.observe(ServedVersions(KNOWN))
    assert shown() == {("v1beta1", "true"): 1, ("v1alpha2", "true"): 1}
