"""The FastAPI application: routes, error answers and OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route

import app
from app.server.endpoint import AdmissionEndpoint
from app.server.errors import ErrorAnswers
from app.server.openapi import openapi_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.server.intake import Intake
    from app.server.observer import Observer
    from app.webhooks import Hook


def create_application(
    hooks: Mapping[str, Hook],
    observer: Observer,
    intake: Intake,
    *,
    documentation: bool = False,
) -> FastAPI:
    """Return the application that answers POSTs to /NAME with the hook of that name.

    `documentation` adds /docs, which loads scripts from outside.
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
    )
    for webhook, hook in hooks.items():
        endpoint = AdmissionEndpoint(webhook, hook, intake, observer)
        application.router.routes.append(Route(f"/{webhook}", endpoint, methods=["POST"]))
    answers = ErrorAnswers(observer)
    application.add_exception_handler(HTTPException, answers.http_exception)
    application.add_exception_handler(Exception, answers.defect)
    document = openapi_document(application.title, application.version)
    application.openapi = lambda: document  # type: ignore[method-assign]
    return application
