"""FastAPI: routes, error answers and OpenAPI. Loaded once something but a review is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route

import app
from app.server.errors import ErrorAnswers
from app.server.openapi import openapi_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import TracerProvider
    from starlette.types import ASGIApp

    from app.server.observer import Observer


def create_routes(
    endpoints: Mapping[str, ASGIApp],
    observer: Observer,
    *,
    documentation: bool = False,
    tracer_provider: TracerProvider | None = None,
) -> FastAPI:
    """Return the application with all paths.

    The endpoints are routes of their own, not FastAPI's path operations: those would read and
    answer bodies in ways that kube-apiserver does not understand.
    """
    application = FastAPI(
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
    application.router.routes += [
        Route(path, endpoint, methods=["POST"]) for path, endpoint in endpoints.items()
    ]
    answers = ErrorAnswers(observer)
    application.add_exception_handler(HTTPException, answers.http_exception)
    application.add_exception_handler(Exception, answers.defect)
    document = openapi_document(application.title, application.version)
    application.openapi = lambda: document  # type: ignore[method-assign]
    return application
