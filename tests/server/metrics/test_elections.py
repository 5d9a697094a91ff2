"""Metrics of elections: the series of each Lease, and that a scrape holds nobody up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2
import pytest
from prometheus_client.exposition import choose_encoder
from prometheus_client.parser import text_string_to_metric_families as plain
from starlette.applications import Starlette

from app.server.metrics import metrics_route
from app.server.metrics.elections import ElectionSamples, LeaseSample
from tests.server.metrics.test_endpoint import scrape

if TYPE_CHECKING:
    from app.server.metrics import Metrics

HELD = LeaseSample(namespace="team", name="web", state="Held", is_held=True, expired_seconds=0)
BLOCKED = LeaseSample(
    namespace="kube-system",
    name="kube-scheduler",
    state="Blocked",
    is_held=False,
    expired_seconds=7.5,
    has_conflict=True,
    candidates={"Silent": 2},
    asked_since=100.0,
    unanswered_since=200.0,
)
NEW = LeaseSample(namespace="team", name="new", state="Leaderless", is_held=False)


def lines(text: str) -> list[str]:
    """Return the series on elections, without what all of them begin with."""
    return [
        line.removeprefix("leasegate_election_")
        for line in text.splitlines()
        if line.startswith("leasegate_election")
    ]


def test_nothing_is_shown_where_nobody_follows_elections(metrics: Metrics) -> None:
    assert "leasegate_election" not in scrape(metrics).text
    assert "leasegate_leases" not in scrape(metrics).text


def test_each_lease_has_the_series_that_apply_to_it(metrics: Metrics) -> None:
    samples = ElectionSamples([HELD, BLOCKED, NEW], {"Held": 3, "Stalled": 0})
    metrics.elections.watch(lambda: samples, lambda: 300.0)
    text = scrape(metrics).text
    web = 'lease="web",lease_namespace="team"'
    scheduler = 'lease="kube-scheduler",lease_namespace="kube-system"'
    new = 'lease="new",lease_namespace="team"'
    assert lines(text) == [
        f"leader{{{web}}} 1.0",
        f"leader{{{scheduler}}} 0.0",
        f"leader{{{new}}} 0.0",
        f"expired_seconds{{{web}}} 0.0",
        f"expired_seconds{{{scheduler}}} 7.5",
        f'state{{{web},state="Held"}} 1.0',
        f'state{{{scheduler},state="Blocked"}} 1.0',
        f'state{{{new},state="Leaderless"}} 1.0',
        f'candidates{{{scheduler},verdict="Silent"}} 2.0',
        f"conflict{{{scheduler}}} 1.0",
        f"asked_to_yield_timestamp_seconds{{{scheduler}}} 100.0",
        f"unanswered_ping_timestamp_seconds{{{scheduler}}} 200.0",
        'leasegate_elections_not_shown{state="Held"} 3.0',
        'leasegate_elections_not_shown{state="Stalled"} 0.0',
    ]
    assert "leasegate_leases_heard_timestamp_seconds 300.0" in text


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text;version=1.0.0"])
def test_many_series_are_written_as_the_library_writes_them(metrics: Metrics, accept: str) -> None:
    leases = [
        LeaseSample(namespace="team", name=f'a "quoted\\\nname" {n}', state="Held", is_held=True)
        for n in range(250)
    ]
    metrics.elections.watch(lambda: ElectionSamples(leases), lambda: 0.0)
    encode, _ = choose_encoder(accept)
    whole = encode(metrics.registry).decode()
    expected = [line for line in whole.splitlines() if "leasegate_" in line or "EOF" in line]
    found = scrape(metrics, accept=accept).text.splitlines()
    assert [line for line in found if "leasegate_" in line or "EOF" in line] == [
        line for line in expected if "_created" not in line
    ]
    assert sum("leasegate_election_leader{" in line for line in found) == 250


async def turns(metrics: Metrics) -> int:
    """Return how often others have their turn during a scrape."""
    operations = Starlette(routes=[metrics_route(metrics.registry)])
    transport = httpx2.ASGITransport(operations)
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
        asked = asyncio.create_task(client.get("/metrics"))
        number = 0
        while not asked.done():
            await asyncio.sleep(0)
            number += 1
        return number


async def test_others_have_their_turn_while_many_series_are_written(metrics: Metrics) -> None:
    leases: list[LeaseSample] = []
    metrics.elections.watch(lambda: ElectionSamples(leases), lambda: 0.0)
    without = await turns(metrics)
    leases += [
        LeaseSample(namespace="team", name=str(n), state="Held", is_held=True) for n in range(500)
    ]
    # A thousand series of two kinds, of which a hundred are written in one turn.
    assert await turns(metrics) >= without + 8


def test_a_lease_may_have_any_name(metrics: Metrics) -> None:
    """kube-apiserver does not check the leaseName of a candidate."""
    names = [f'"{number}\r#\x85\n\\' for number in range(300)]
    samples = ElectionSamples([replace(HELD, name=name) for name in names], {})
    metrics.elections.watch(lambda: samples, lambda: 300.0)
    families = {family.name: family for family in plain(scrape(metrics).text)}
    shown = [sample.labels["lease"] for sample in families["leasegate_election_leader"].samples]
    assert shown == names
