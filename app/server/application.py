"""The FastAPI application: routes, error answers and OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route
from typing_extensions import override

import app
from app.server.endpoint import AdmissionEndpoint
from app.server.errors import ErrorAnswers
from app.server.openapi import openapi_document

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from opentelemetry.trace import TracerProvider
    from starlette.types import Receive, Scope, Send

    from app.server.body import BodyReader
    from app.server.observer import Observer
    from app.webhooks import Hook


class _Application(FastAPI):
    """Hands a POST to an admission endpoint before middleware and router see it.

    They cost as much as a verdict, and do nothing for an endpoint that answers its own errors. The
    endpoints are routes too, for what else is asked of their paths.
    """

    endpoints: Mapping[str, AdmissionEndpoint]

    @override
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] == "http" and scope["method"] == "POST":
            endpoint = self.endpoints.get(scope["path"])
            if endpoint is not None:
                return endpoint(scope, receive, send)
        return super().__call__(scope, receive, send)


def create_application(
    hooks: Mapping[str, Hook],
    observer: Observer,
    bodies: BodyReader,
    *,
    documentation: bool = False,
    tracer_provider: TracerProvider | None = None,
) -> FastAPI:
    """Return the application that answers POSTs to /NAME with the hook of that name.

    `documentation` adds /docs, which loads scripts from outside; `tracer_provider` gets a span of
    each request.
    The endpoints are routes of their own, not FastAPI's path operations: those would read and
    answer bodies in ways that kube-apiserver does not understand.
    """
    application = _Application(
        title="leasegate",
        summary="Admission webhook for LeaseCandidate objects",
        version=app.__version__,
        docs_url="/docs" if documentation else None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": tracer_provider is not None,
            "tracer_provider": tracer_provider,
            "metrics": False,
            "logs": False,
        },
    )
    endpoints = {
        f"/{webhook}": AdmissionEndpoint(webhook, hook, bodies, observer)
        for webhook, hook in hooks.items()
    }
    # FastAPI makes the spans, so it must see the requests where they are wanted.
    application.endpoints = endpoints if tracer_provider is None else {}
    application.router.routes += [
        Route(path, endpoint, methods=["POST"]) for path, endpoint in endpoints.items()
    ]
    answers = ErrorAnswers(observer)
    application.add_exception_handler(HTTPException, answers.http_exception)
    application.add_exception_handler(Exception, answers.defect)
    document = openapi_document(application.title, application.version)
    application.openapi = lambda: document  # type: ignore[method-assign]
    return application
