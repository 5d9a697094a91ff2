"""`GET /metrics` on the operations port."""

from __future__ import annotations

import asyncio
import time
from copy import copy
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.metrics_core import Metric
    from starlette.types import Receive, Scope, Send


_TURN: Final = 100
"""Samples that are encoded in one turn of the event loop, which takes about a millisecond."""

_END: Final = b"# EOF\n"

FRESH_SECONDS: Final = 1.0
"""For so long, scrapes get what was made for one of them: it costs as much as ten reviews."""


def metrics_route(
    registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic
) -> Route:
    """Return the route that shows what is in the registry; `clock` is in seconds."""
    return Route("/metrics", _Endpoint(registry, clock), methods=["GET"])


class _Endpoint:
    """An ASGI application that answers in the format that the scraper prefers."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        self._collector = _WithoutCreationTimes(registry)
        self._clock = clock
        self._made: dict[str, tuple[float, bytes]] = {}
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one scrape."""
        encode, content_type = choose_encoder(Headers(scope=scope).get("accept", ""))
        async with self._making:
            made, content = self._made.get(content_type, (float("-inf"), b""))
            if self._clock() - made >= FRESH_SECONDS:
                content = await self._encoded(encode)
                # There are few types: those that the library knows.
                self._made[content_type] = self._clock(), content
        # media_type would have a charset added, which OpenMetrics' type has already.
        response = Response(content, headers={"content-type": content_type})
        await response(scope, receive, send)

    async def _encoded(self, encode: Callable[[CollectorRegistry], bytes]) -> bytes:
        """Encode a few samples at a time, so that reviews get their turn between them."""
        parts = []
        for metric in self._collector.collect():
            # An empty one has its description all the same.
            for start in range(0, max(len(metric.samples), 1), _TURN):
                part = copy(metric)
                part.samples = metric.samples[start : start + _TURN]
                text = encode(_One(part)).removesuffix(_END)
                parts.append(text if start == 0 else _without_description(text))
                await asyncio.sleep(0)
        is_openmetrics = encode(_One()).endswith(_END)
        return b"".join([*parts, _END if is_openmetrics else b""])


class _One(CollectorRegistry):
    """A registry of one metric, or none."""

    def __init__(self, *metrics: Metric) -> None:
        super().__init__()
        self._metrics = metrics

    @override
    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def _without_description(text: bytes) -> bytes:
    # Not by splitlines: the value of a label may have a carriage return.
    return b"\n".join(line for line in text.split(b"\n") if not line.startswith(b"#"))


class _WithoutCreationTimes(Collector):
    """Leaves out the `_created` series: one more for each counter, and Prometheus keeps them all.

    The library's own switch is for the whole process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    @override
    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [
                sample for sample in metric.samples if not sample.name.endswith("_created")
            ]
            yield metric
