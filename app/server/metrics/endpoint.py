"""`GET /metrics` on the operations port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric
    from starlette.types import Receive, Scope, Send


def metrics_route(registry: CollectorRegistry) -> Route:
    """Return the route that shows what is in the registry."""
    return Route("/metrics", _Endpoint(registry), methods=["GET"])


class _Endpoint:
    """An ASGI application that answers in the format that the scraper prefers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._collector = _WithoutCreationTimes(registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one scrape."""
        encode, content_type = choose_encoder(Headers(scope=scope).get("accept", ""))
        # media_type would have a charset added, which OpenMetrics' type has already.
        response = Response(encode(self._collector), headers={"content-type": content_type})
        await response(scope, receive, send)


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
