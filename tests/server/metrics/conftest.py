"""An application whose answers are counted, and a way to send it requests without a network."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.leasecandidate.rules import Profile, RulesConfiguration, Ruleset
from app.server.application import create_application
from app.server.body import BodyReader
from app.server.limits import ReviewLimits
from app.server.metrics import Metrics, create_metrics
from app.webhooks import Hook, NoSiblingSource, ServerClock, ValidatingHook, mutate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.server.metrics.requests import ReadExample, Request, Review, Send


@pytest.fixture
def metrics() -> Metrics:
    return create_metrics()


@pytest.fixture
def send(metrics: Metrics) -> Send:
    ruleset = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))
    clock = ServerClock(lambda: datetime(2026, 11, 22, 9, tzinfo=UTC))
    hooks: dict[str, Hook] = {
        "validate": ValidatingHook(lambda: ruleset, clock, NoSiblingSource()),
        "mutate": mutate,
    }
    application = create_application(
        hooks, metrics.observer, BodyReader(ReviewLimits(body_bytes=64 * 1024))
    )

    async def exchange(requests: Iterable[Request]) -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            return [
                await client.request(
                    request.method,
                    request.path,
                    content=request.body
                    if isinstance(request.body, bytes)
                    else json.dumps(request.body).encode(),
                    headers=request.headers,
                )
                for request in requests
            ]

    return lambda requests: asyncio.run(exchange(requests))


@pytest.fixture
def example(root: Path) -> ReadExample:
    """Return a way to read one of the example reviews."""

    def read(name: str) -> Review:
        review: Review = json.loads((root / "examples" / "reviews" / f"{name}.json").read_text())
        return review

    return read
