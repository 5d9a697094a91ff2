"""Errors of the framework as metav1.Status: unknown path, wrong method, a defect of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.admission.status import status_body

if TYPE_CHECKING:
    from starlette.requests import Request


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the router refuses."""
    code = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    match code:
        case 404:
            message = "no such path; leasegate answers POST /validate and POST /mutate"
        case 405:
            message = f"{request.method} is not allowed here; use {headers.get('Allow', 'POST')}"
        case _:
            message = "the request cannot be answered"
    return Response(status_body(code, message), code, headers, media_type="application/json")


async def answer_defect(_request: Request, _error: Exception) -> Response:
    """Answer an exception that nobody caught; the server logs it, the client learns nothing."""
    message = "leasegate failed on this request; its log says why"
    return Response(status_body(500, message), 500, media_type="application/json")
