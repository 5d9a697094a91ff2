"""GET /metrics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain
from starlette.applications import Starlette

from app.server.metrics import metrics_route

if TYPE_CHECKING:
    from app.server.metrics import Metrics

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


def scrape(metrics: Metrics, method: str = "GET", **headers: str) -> httpx2.Response:
    async def request() -> httpx2.Response:
        operations = Starlette(routes=[metrics_route(metrics.registry)])
        transport = httpx2.ASGITransport(operations)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, "/metrics", headers=headers)

    return asyncio.run(request())


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param("*/*", PLAIN, id="a browser gets plain text"),
        pytest.param(
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OPEN_METRICS,
            id="Prometheus gets OpenMetrics",
        ),
    ],
)
def test_the_scraper_chooses_the_format(accept: str, content_type: str, metrics: Metrics) -> None:
    answer = scrape(metrics, accept=accept)
    assert answer.headers["content-type"].removesuffix("; escaping=underscores") == content_type
    parse = openmetrics if content_type == OPEN_METRICS else plain
    names = {metric.name for metric in parse(answer.text)}
    assert {"leasegate_decisions", "leasegate_review_duration_seconds"} <= names


@pytest.mark.parametrize(
    ("seconds", "made"),
    [
        pytest.param(0.9, 1, id="within a second"),
        pytest.param(1.0, 2, id="after a second"),
    ],
)
def test_the_metrics_are_made_at_most_once_a_second(
    seconds: float, made: int, metrics: Metrics
) -> None:
    """A thousand scrapes at once must not hold up reviews."""
    now, collected = [1000.0], list[float]()

    def in_flight() -> int:
        collected.append(now[0])
        return 0

    metrics.load.watch_in_flight(in_flight)
    operations = Starlette(routes=[metrics_route(metrics.registry, lambda: now[0])])

    async def scrape_twice() -> list[str]:
        transport = httpx2.ASGITransport(operations)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            first = await client.get("/metrics")
            now[0] += seconds
            return [first.text, (await client.get("/metrics")).text]

    first, second = asyncio.run(scrape_twice())
    assert len(collected) == made
    assert "leasegate_reviews_in_flight" in first
    assert "leasegate_reviews_in_flight" in second


def test_scrapes_at_once_get_what_was_made_for_one_of_them(metrics: Metrics) -> None:
    collected: list[int] = []

    def in_flight() -> int:
        collected.append(1)
        return 0

    metrics.load.watch_in_flight(in_flight)
    operations = Starlette(routes=[metrics_route(metrics.registry, lambda: 1000.0)])

    async def scrape_at_once() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(operations)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            return await asyncio.gather(*(client.get("/metrics") for _ in range(20)))

    assert {answer.status_code for answer in asyncio.run(scrape_at_once())} == {200}
    assert len(collected) == 1


def test_times_of_creation_are_left_out(metrics: Metrics) -> None:
    metrics.reloads.reloaded("rules", "success")
    text = scrape(metrics).text
    assert "_created" not in text
    assert 'leasegate_reloads_total{result="success",what="rules"} 1.0\n' in text


def test_only_get_is_answered(metrics: Metrics) -> None:
    assert scrape(metrics, "POST").status_code == 405
