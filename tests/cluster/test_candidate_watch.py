"""The candidate watch on a stand-in for kube-apiserver: what a real one does seldom."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.cluster import resource_watch
from app.cluster.backoff import Backoff
from app.cluster.candidate_cache import CANDIDATES, CandidateCache
from app.cluster.connection import connect
from app.cluster.resource_watch import ResourceWatch
from app.cluster.watch_status import WatchState
from app.leasecandidate import LeaseCandidate
from tests.cluster.api_server import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.cluster.api_server import ApiServer, Json

PATIENCE = 300.0
GROUP = "/apis/coordination.k8s.io"


def candidate(name: str, strategy: str = "", version: str = "9") -> Json:
    return {
        "metadata": {"name": name, "namespace": "default", "resourceVersion": version},
        "spec": {"leaseName": "watched", "strategy": strategy or f"example.com/{name}"},
    }


def store(server: ApiServer, name: str) -> None:
    path = f"{GROUP}/v1beta1/namespaces/default/leasecandidates/{name}"
    server.put(path, candidate(name))


def known(cache: CandidateCache) -> list[str] | None:
    asking = {"metadata": {"name": "me", "namespace": "default"}, "spec": {"leaseName": "watched"}}
    siblings = cache.siblings(LeaseCandidate.model_validate(asking))
    return None if siblings is None else sorted(one.strategy for one in siblings)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  what is waited for sets no event
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def watching(
    server: ApiServer,
    is_wanted: Callable[[], bool] = lambda: True,
    backoff: Backoff | None = None,
) -> AsyncIterator[CandidateCache]:
    cache = CandidateCache()
    client = connect(server.kubeconfig, lambda _date: None)
    watch = ResourceWatch(
        client.http,
        replace(CANDIDATES, absent_seconds=0.05),
        cache,
        cache,
        is_wanted=is_wanted,
        backoff=backoff or Backoff(0.01, 0.05),
    )
    task = asyncio.create_task(watch.run())
    try:
        yield cache
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await client.close()


async def test_what_is_listed_comes_changes_and_goes(server: ApiServer) -> None:
    store(server, "before")

    async with watching(server) as cache:
        await until(lambda: known(cache) == ["example.com/before"])
        server.send("ADDED", candidate("after"))
        await until(lambda: known(cache) == ["example.com/after", "example.com/before"])
        server.send("MODIFIED", candidate("after", "example.com/changed"))
        await until(lambda: known(cache) == ["example.com/before", "example.com/changed"])
        server.send("DELETED", candidate("before"))
        await until(lambda: known(cache) == ["example.com/changed"])


async def test_a_watch_goes_on_where_it_was_when_it_ends_in_good_order(server: ApiServer) -> None:
    async with watching(server) as cache:
        await until(lambda: known(cache) == [])
        server.send("ADDED", candidate("first", version="41"))
        await until(lambda: known(cache) == ["example.com/first"])
        server.events.put(None)
        await until(lambda: any("resourceVersion=41" in one for one in server.requests))
        server.send("BOOKMARK", {"metadata": {"resourceVersion": "42"}})
        server.send("ADDED", candidate("second"))
        await until(lambda: known(cache) == ["example.com/first", "example.com/second"])


async def test_a_version_that_is_too_old_lists_again(server: ApiServer) -> None:
    store(server, "kept")
    gone = Answer("GET", "watch=true", 410, "too old resource version", times=1)
    server.answers = [gone]

    async with watching(server) as cache:
        await until(lambda: gone.times == 0)
        server.send("ADDED", candidate("after"))
        await until(lambda: known(cache) == ["example.com/after", "example.com/kept"])
        assert sum("watch=true" not in one for one in server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            Answer("GET", "leasecandidates", 403, 'cannot list resource "leasecandidates"'),
            'the API server says: cannot list resource "leasecandidates"',
            id="a missing right",
        ),
        pytest.param(
            Answer("GET", "leasecandidates", 500, "etcd is away"),
            "the API server says: etcd is away",
            id="an error of the server",
        ),
        pytest.param(
            Answer("GET", "leasecandidates", 200, body=b"<html>"),
            "the API server cannot be read: ",
            id="an answer that is none",
        ),
    ],
)
async def test_an_error_makes_siblings_unknown_until_it_is_gone(
    server: ApiServer, answer: Answer, words: str
) -> None:
    server.answers = [answer]

    async with watching(server) as cache:
        await until(lambda: words in cache.detail)
        assert (cache.state, known(cache)) == (WatchState.CONNECTING, None)
        answer.times = 0
        await until(lambda: known(cache) == [])


async def test_the_older_version_is_taken_where_the_newer_one_is_not_served(
    server: ApiServer,
) -> None:
    server.answers = [Answer("GET", "/v1beta1/", 404, "not found")]
    store(server, "kept")

    async with watching(server) as cache:
        await until(lambda: known(cache) == ["example.com/kept"])


async def test_a_cluster_without_candidates_is_said_and_looked_at_again(server: ApiServer) -> None:
    missing = Answer("GET", "leasecandidates", 404, "not found")
    server.answers = [missing]

    async with watching(server) as cache:
        await until(lambda: cache.state is WatchState.NOT_SERVED)
        assert cache.detail == "the cluster serves no LeaseCandidate in v1beta1 or v1alpha2"
        missing.times = 0
        await until(lambda: cache.state is WatchState.SYNCED)


async def test_nothing_is_asked_while_no_rule_looks_at_siblings(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource_watch, "_IDLE_SECONDS", 0.02)
    monkeypatch.setattr(resource_watch, "WATCH_SECONDS", 0)
    monkeypatch.setattr(resource_watch, "_WATCH_GRACE_SECONDS", 0.1)
    wanted = [False]

    async with watching(server, lambda: wanted[0]) as cache:
        await until(lambda: cache.state is WatchState.IDLE and "no rule" in cache.detail)
        assert server.requests == []
        wanted[0] = True
        await until(lambda: cache.state is WatchState.SYNCED)
        wanted[0] = False
        await until(lambda: cache.state is WatchState.IDLE)


async def test_a_connection_that_died_without_a_word_is_opened_again(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource_watch, "WATCH_SECONDS", 0)
    monkeypatch.setattr(resource_watch, "_WATCH_GRACE_SECONDS", 0.1)

    async with watching(server) as cache:
        await until(lambda: sum("watch=true" in one for one in server.requests) > 2)
        assert cache.state is WatchState.SYNCED


class CountedPauses(Backoff):
    """Pauses that are too short to wait for."""

    def next(self) -> float:
        return super().next() / 1000


@pytest.mark.parametrize(
    ("answers", "line", "words"),
    [
        pytest.param([], None, "the API server ends watches at once", id="it ends at once"),
        pytest.param(
            [Answer("GET", "watch=true", 410, "too old resource version", times=8)],
            None,
            "the API server says: too old resource version",
            id="its own version is too old for it",
        ),
        pytest.param(
            [], b"<html>\n", "the API server cannot be read", id="a proxy answers in its place"
        ),
        pytest.param(
            [],
            b'{"type":"ERROR","object":{"code":500,"message":"etcd is away"}}\n',
            "the API server says: etcd is away",
            id="it has an error in place of events",
        ),
    ],
)
async def test_a_watch_that_fails_at_once_is_never_reopened_without_a_pause(
    server: ApiServer, answers: list[Answer], line: bytes | None, words: str
) -> None:
    server.answers = answers
    for _ in range(0 if answers else 8):
        if line is not None:
            server.events.put(line)
        server.events.put(None)
    backoff = CountedPauses()

    with capture_logs() as logged:
        async with watching(server, backoff=backoff) as cache:
            await until(lambda: sum("watch=true" in one for one in server.requests) == 9)
            assert backoff.failures == 8
            assert sum("watch=true" not in one for one in server.requests) == 9
            assert known(cache) == []
    assert any(words in entry["detail"] for entry in logged)


async def test_a_watch_that_lived_is_reopened_at_once_where_it_was(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource_watch, "_LIVED_SECONDS", 0)
    backoff = CountedPauses()
    backoff.failures = 5

    async with watching(server, backoff=backoff) as cache:
        await until(lambda: known(cache) == [])
        server.events.put(None)
        await until(lambda: sum("watch=true" in one for one in server.requests) == 2)
        assert backoff.failures == 0
        assert sum("watch=true" not in one for one in server.requests) == 1
