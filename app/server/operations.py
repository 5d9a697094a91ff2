"""The operations port: whether the server lives, whether it is ready, and what else is mounted.

Answers of the probes have the form of kube-apiserver's (`pkg/server/healthz` of k8s.io/apiserver),
but name the reason of a failed check, and use 503 rather than 500 for "not ready".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from app.server.health import Readiness


def create_operations(readiness: Readiness, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application of the operations port; `routes` are added to the probes."""

    async def readyz(request: Request) -> Response:
        results = list(readiness.results())
        ready = all(problem is None for _, problem in results)
        if ready and "verbose" not in request.query_params:
            return PlainTextResponse("ok")
        lines = [
            _passed(name, readiness.note(name))
            if problem is None
            else f"[-]{name} failed: {problem}"
            for name, problem in results
        ]
        lines.append(f"readyz check {'passed' if ready else 'failed'}")
        return PlainTextResponse("".join(f"{line}\n" for line in lines), 200 if ready else 503)

    application = Starlette(routes=[Route("/livez", _livez), Route("/readyz", readyz), *routes])
    application.router.redirect_slashes = False
    return application


def _passed(name: str, note: str) -> str:
    return f"[+]{name} ok: {note}" if note else f"[+]{name} ok"


async def _livez(_request: Request) -> Response:
    """Answer at all: that shows that the event loop turns, and nothing else may count here."""
    return PlainTextResponse("ok")
