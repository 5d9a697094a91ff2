"""The application of the admission port: reviews at once, everything else by FastAPI."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Final

from app.server.endpoint import AdmissionEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from opentelemetry.trace import TracerProvider
    from starlette.types import ASGIApp, Receive, Scope, Send

    from app.server.body import BodyReader
    from app.server.observer import Observer
    from app.webhooks import Hook

_ROUTES: Final = "app.server.routes"


class Application:
    """Hands a POST to an admission endpoint before middleware and router see it.

    They cost as much as a verdict, and do nothing for an endpoint that answers its own errors. The
    endpoints are routes too, for what else is asked of their paths.

    `make_others` returns what answers everything else, once that is asked for: FastAPI takes a
    third of a start, and kube-apiserver never asks for anything but reviews.
    """

    def __init__(
        self, endpoints: Mapping[str, AdmissionEndpoint], make_others: Callable[[], ASGIApp]
    ) -> None:
        self._endpoints = endpoints
        self._make_others = make_others
        self._others: asyncio.Task[ASGIApp] | None = None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            endpoint = self._endpoints.get(scope["path"])
            if endpoint is not None:
                return endpoint(scope, receive, send)
        return self._answer_other(scope, receive, send)

    async def _answer_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._others is None:
            # In a thread, and once, however many ask: meanwhile, reviews are answered.
            self._others = asyncio.create_task(asyncio.to_thread(self._make_others))
        others = await asyncio.shield(self._others)
        await others(scope, receive, send)


def create_application(
    hooks: Mapping[str, Hook],
    observer: Observer,
    bodies: BodyReader,
    *,
    documentation: bool = False,
    tracer_provider: TracerProvider | None = None,
) -> ASGIApp:
    """Return the application that answers POSTs to /NAME with the hook of that name.

    `documentation` adds /docs, which loads scripts from outside; `tracer_provider` gets a span of
    each request.
    """
    endpoints = {
        f"/{webhook}": AdmissionEndpoint(webhook, hook, bodies, observer)
        for webhook, hook in hooks.items()
    }

    def make_routes() -> ASGIApp:
        application: ASGIApp = import_module(_ROUTES).create_routes(
            endpoints, observer, documentation=documentation, tracer_provider=tracer_provider
        )
        return application

    # FastAPI makes the spans, so it must see the requests where they are wanted.
    return make_routes() if tracer_provider is not None else Application(endpoints, make_routes)
