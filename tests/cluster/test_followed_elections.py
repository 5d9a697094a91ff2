"""Elections that the server follows, on a stand-in for kube-apiserver."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.cluster.backoff import Backoff
from app.cluster.candidate_cache import CANDIDATES, CandidateCache
from app.cluster.connection import connect
from app.cluster.resource_watch import ResourceWatch
from app.leasecandidate import MicroTime
from app.serve import elections as serve_elections
from app.serve.elections import BothListeners, FollowedElections
from tests.cluster.api_server import Answer
from tests.cluster.test_candidate_watch import GROUP, known, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cluster.api_server import ApiServer, Json


def moment(seconds: float = 0) -> str:
    return str(MicroTime.at(datetime.now(UTC) - timedelta(seconds=seconds)))


def lease(name: str, renewed: float = 0, seconds: int = 3600, holder: str = "pod") -> Json:
    spec = {"holderIdentity": holder, "leaseDurationSeconds": seconds}
    return {
        "metadata": {"name": name, "namespace": "default", "resourceVersion": "9"},
        "spec": {**spec, "renewTime": moment(renewed)},
    }


def candidate(name: str, strategy: str = "OldestEmulationVersion") -> Json:
    return {
        "metadata": {"name": name, "namespace": "default", "resourceVersion": "9"},
        "spec": {
            "leaseName": "watched",
            "strategy": strategy,
            "binaryVersion": "1.37.0",
            "emulationVersion": "1.37.0",
            "renewTime": moment(),
        },
    }


def store(server: ApiServer, resource: str, content: Json) -> None:
    version = "v1" if resource == "leases" else "v1beta1"
    name = content["metadata"]["name"]
    server.put(f"{GROUP}/{version}/namespaces/default/{resource}/{name}", content)


@contextlib.asynccontextmanager
async def following(server: ApiServer) -> AsyncIterator[tuple[FollowedElections, CandidateCache]]:
    client, cache = connect(server.kubeconfig, lambda _date: None), CandidateCache()
    elections = FollowedElections(
        client.http, cache, lambda: datetime.now(UTC), Backoff(0.01, 0.05)
    )
    watch = ResourceWatch[Any](
        client.http,
        CANDIDATES,
        BothListeners(cache, elections.candidate_listener),
        cache,
        backoff=Backoff(0.01, 0.05),
    )
    tasks = [
        asyncio.create_task(run()) for run in (watch.run, elections.watch.run, elections.judge)
    ]
    try:
        yield elections, cache
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_elections, "_TICK_SECONDS", 0.01)


def states(elections: FollowedElections) -> dict[str, str]:
    return {each.name: each.state for each in elections.samples().leases}


async def test_leases_and_candidates_are_listed_and_nodes_are_left_out_by_the_server(
    server: ApiServer,
) -> None:
    store(server, "leases", lease("web"))
    store(server, "leases", lease("watched", holder="a"))
    store(server, "leasecandidates", candidate("a"))
    store(server, "leasecandidates", candidate("b", "example.com/newest"))

    async with following(server) as (elections, cache):
        await until(lambda: states(elections) == {"watched": "Blocked", "web": "Held"})
        await until(lambda: sum("watch=true" in one for one in server.requests) == 2)
        watched, web = elections.samples().leases
        assert watched.has_conflict
        assert watched.candidates == {"Leader": 1, "Disagrees": 1}
        assert web.has_conflict is None
        assert known(cache) == ["OldestEmulationVersion", "example.com/newest"]
        asked = [one for one in server.requests if "/leases?" in one]
        assert len(asked) == 2
        selector = "fieldSelector=metadata.namespace%21%3Dkube-node-lease"
        assert all(selector in one for one in asked)
        assert not any(selector in one for one in server.requests if "leasecandidates" in one)
        assert elections.note() == "synced: following the API server"
        assert elections.heard > 0


async def test_an_event_and_time_alone_change_what_is_shown(server: ApiServer) -> None:
    store(server, "leases", lease("web"))
    server.versions = ()
    server.answers = [Answer("GET", "leasecandidates", 404, "not found")]

    async with following(server) as (elections, _):
        await until(lambda: states(elections) == {"web": "Held"})
        server.send("MODIFIED", lease("web", renewed=0.2, seconds=1))
        await until(lambda: states(elections) == {"web": "Leaderless"})
        (web,) = elections.samples().leases
        assert web.expired_seconds is not None
        assert 0 <= web.expired_seconds < 300
        server.send("DELETED", lease("web"))
        await until(lambda: states(elections) == {})
        assert not any(elections.samples().not_shown.values())


@pytest.mark.parametrize(
    ("path", "note"),
    [
        pytest.param(
            "/leases?",
            'connecting: the API server says: cannot list resource "leases"',
            id="the right to Leases",
        ),
        pytest.param(
            "/leasecandidates?",
            "elections are not shown: the candidates are not known, as siblings says",
            id="the right to candidates",
        ),
    ],
)
async def test_a_missing_right_is_said_and_nothing_is_shown_until_it_is_there(
    server: ApiServer, path: str, note: str
) -> None:
    store(server, "leases", lease("web"))
    refusal = Answer("GET", path, 403, 'cannot list resource "leases"')
    server.answers = [refusal]

    async with following(server) as (elections, cache):
        await until(lambda: elections.note() == note)
        assert elections.samples().leases == ()
        if path == "/leases?":
            await until(lambda: known(cache) == [])
        refusal.times = 0
        await until(lambda: states(elections) == {"web": "Held"})


async def test_too_many_leases_are_said_and_none_is_shown(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.explain.elections.CAPACITY", {"Lease": 1, "LeaseCandidate": 1})
    for name in ("web", "db"):
        store(server, "leases", lease(name))

    async with following(server) as (elections, _):
        await until(lambda: elections.note().startswith("overflowed: "))
        assert elections.note() == (
            "overflowed: there are more than 1 objects of kind Lease, elections are not shown"
        )
        assert elections.samples().leases == ()


async def test_what_is_stale_is_not_shown(server: ApiServer) -> None:
    store(server, "leases", lease("web"))

    async with following(server) as (elections, cache):
        await until(lambda: states(elections) == {"web": "Held"})
        cache.lose()
        assert elections.samples().leases == ()
