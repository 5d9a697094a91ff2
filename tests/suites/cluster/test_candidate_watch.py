"""The candidate watch against a real API server."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from app.cluster.backoff import Backoff
from app.cluster.candidate_cache import CANDIDATES, CachedCandidate, CandidateCache
from app.cluster.connection import connect
from app.cluster.resource_watch import ResourceWatch
from app.cluster.watch_status import WatchState
from app.leasecandidate import LeaseCandidate, MicroTime
from devtools.controlplane import Binaries, ControlPlane, Options, run_control_plane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    import httpx2
    import pytest

DEADLINE = 60.0


def manifest(name: str, strategy: str, version: str = "v1beta1") -> dict[str, object]:
    """Return one that lives: a server that starts deletes the others."""
    return {
        "apiVersion": f"coordination.k8s.io/{version}",
        "kind": "LeaseCandidate",
        "metadata": {"name": name},
        "spec": {
            "leaseName": "watched",
            "binaryVersion": "1.0.0",
            "strategy": strategy,
            "renewTime": str(MicroTime.at(datetime.now(UTC))),
        },
    }


def create(api: httpx2.Client, namespace: str, name: str, version: str = "v1beta1") -> None:
    path = f"/apis/coordination.k8s.io/{version}/namespaces/{namespace}/leasecandidates"
    api.post(path, json=manifest(name, f"example.com/{name}", version)).raise_for_status()


def delete(api: httpx2.Client, namespace: str, name: str) -> None:
    path = f"/apis/coordination.k8s.io/v1beta1/namespaces/{namespace}/leasecandidates/{name}"
    api.delete(path).raise_for_status()


def known(cache: CandidateCache, namespace: str) -> list[str] | None:
    candidate = LeaseCandidate.model_validate(
        {"metadata": {"name": "me", "namespace": namespace}, "spec": {"leaseName": "watched"}}
    )
    siblings = cache.siblings(candidate)
    return None if siblings is None else sorted(sibling.strategy for sibling in siblings)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds; the event loop turns meanwhile."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  what is waited for sets no event
            await asyncio.sleep(0.02)
    assert condition(), what


@contextlib.asynccontextmanager
async def watching(
    kubeconfig: Path,
    *,
    is_wanted: Callable[[], bool] = lambda: True,
    on_date: Callable[[datetime], None] = lambda _date: None,
) -> AsyncIterator[CandidateCache]:
    """Run a watch beside the block, and yield what it knows."""
    cache = CandidateCache()
    client = connect(kubeconfig, on_date)
    watch = ResourceWatch(
        client.http,
        replace(CANDIDATES, absent_seconds=0.2),
        cache,
        cache,
        is_wanted=is_wanted,
        backoff=Backoff(0.1, 0.2),
    )
    task = asyncio.create_task(watch.run())
    try:
        yield cache
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await client.close()


async def test_candidates_of_both_versions_come_and_go(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str
) -> None:
    create(api, namespace, "before")

    async with watching(control_plane.kubeconfig) as cache:
        await until(lambda: known(cache, namespace) == ["example.com/before"], "listed")
        await asyncio.to_thread(create, api, namespace, "after", "v1alpha2")
        await until(
            lambda: known(cache, namespace) == ["example.com/after", "example.com/before"], "added"
        )
        await asyncio.to_thread(delete, api, namespace, "before")
        await until(lambda: known(cache, namespace) == ["example.com/after"], "removed")


async def test_a_version_that_the_server_has_forgotten_makes_it_list_again(
    binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions: list[str] = []
    open_watch = ResourceWatch._open  # noqa: SLF001  what a real server does to an old version

    def open_the_first_version_once(
        watch: ResourceWatch[CachedCandidate], path: str, version: str
    ) -> AbstractAsyncContextManager[httpx2.Response]:
        versions.append(version)
        return open_watch(watch, path, "1" if len(versions) == 1 else version)

    monkeypatch.setattr(ResourceWatch, "_open", open_the_first_version_once)
    with run_control_plane(binaries, tmp_path) as running:
        # It remembers what has changed since it was started.
        running.apiserver.kill()
        running.apiserver.start_and_wait()
        with running.client() as api, capture_logs() as logged:
            async with watching(running.kubeconfig) as cache:
                await until(lambda: len(versions) > 1, "listed again")
                await asyncio.to_thread(create, api, "default", "after")
                await until(lambda: known(cache, "default") == ["example.com/after"], "watched")
    assert [entry["state"] for entry in logged if entry["event"] == "candidates"] == ["synced"]


async def test_each_answer_tells_the_time_of_the_server(control_plane: ControlPlane) -> None:
    dates: list[datetime] = []

    async with watching(control_plane.kubeconfig, on_date=dates.append) as cache:
        await until(lambda: cache.state is WatchState.SYNCED and len(dates) > 1, "dated")
    assert all(abs(datetime.now(UTC) - date) < timedelta(minutes=1) for date in dates)


async def test_nothing_is_asked_while_no_rule_looks_at_siblings(
    control_plane: ControlPlane,
) -> None:
    dates: list[datetime] = []
    wanted = [False]

    async with watching(
        control_plane.kubeconfig, is_wanted=lambda: wanted[0], on_date=dates.append
    ) as cache:
        await until(lambda: cache.detail == "no rule looks at siblings", "idle")
        assert dates == []
        wanted[0] = True
        await until(lambda: cache.state is WatchState.SYNCED, "synced")


async def test_while_an_api_server_is_away_siblings_are_what_they_were(
    binaries: Binaries, tmp_path: Path
) -> None:
    with run_control_plane(binaries, tmp_path) as own, own.client() as api:
        create(api, "default", "kept")

        async with watching(own.kubeconfig) as cache:
            await until(lambda: known(cache, "default") == ["example.com/kept"], "listed")
            await asyncio.to_thread(own.apiserver.stop)
            await until(lambda: cache.state is WatchState.CONNECTING, "away")
            assert known(cache, "default") == ["example.com/kept"]
            assert "nothing was heard since" in cache.note()
            await asyncio.to_thread(own.apiserver.start_and_wait)
            await until(lambda: known(cache, "default") == ["example.com/kept"], "back")


async def test_a_cluster_that_does_not_serve_candidates_is_said_and_looked_at_again(
    binaries: Binaries, tmp_path: Path
) -> None:
    off = (
        "--feature-gates=CoordinatedLeaderElection=false",
        "--runtime-config=coordination.k8s.io/v1beta1=false,coordination.k8s.io/v1alpha2=false",
    )
    with run_control_plane(binaries, tmp_path, Options(flags=off)) as own:
        times: list[datetime] = []

        async with watching(own.kubeconfig, on_date=times.append) as cache:
            await until(
                lambda: cache.state is WatchState.NOT_SERVED and len(times) > 4, "not served"
            )
            assert cache.detail == "the cluster serves no LeaseCandidate in v1beta1 or v1alpha2"
