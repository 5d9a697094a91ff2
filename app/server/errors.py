"""Errors of the framework as metav1.Status: unknown path, wrong method, a defect of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.admission.status import status_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from app.server.observer import Observer


class ErrorAnswers:
    """Answers requests that reach no endpoint, and reports them to `observer`."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    async def http_exception(self, request: Request, error: Exception) -> Response:
        """Answer what the router refuses."""
        code = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        match code:
            case 404:
                message = "no such path; leasegate answers POST /validate and POST /mutate"
            case 405:
                use = headers.get("Allow", "POST")
                message = f"{request.method} is not allowed here; use {use}"
            case _:
                message = "the request cannot be answered"
        return self._answer(request, code, message, headers)

    async def defect(self, request: Request, _error: Exception) -> Response:
        """Answer an uncaught exception without details; the server logs it."""
        return self._answer(request, 500, "leasegate failed on this request; its log says why", {})

    def _answer(
        self, request: Request, code: int, message: str, headers: dict[str, str]
    ) -> Response:
        self._observer.refused("", request.scope, code, message)
        return Response(status_body(code, message), code, headers, media_type="application/json")
