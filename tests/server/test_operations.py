from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.http.limits import ConnectionLimits
from app.server.health import Check, Readiness
from app.server.lifecycle import Lifecycle, Phase
from app.server.limits import OPERATIONS
from app.server.operations import create_operations

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


def ask(application: ASGIApp, path: str) -> httpx2.Response:
    async def request() -> httpx2.Response:
        transport = httpx2.ASGITransport(application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://operations") as client:
            return await client.get(path)

    return asyncio.run(request())


def passes() -> None:
    return None


def fails() -> str:
    return "the certificate expired"


def breaks() -> None:
    raise ZeroDivisionError("secret detail")


def readiness_of(**checks: Check) -> Readiness:
    readiness = Readiness()
    for name, check in checks.items():
        readiness.add(name, check)
    return readiness


@pytest.mark.parametrize(
    ("checks", "query", "code", "text"),
    [
        pytest.param({"a": passes}, "", 200, "ok", id="ready is a plain ok"),
        pytest.param(
            {"a": passes, "b": passes},
            "?verbose",
            200,
            "[+]a ok\n[+]b ok\nreadyz check passed\n",
            id="verbose lists each check in order",
        ),
        pytest.param(
            {"b": fails, "a": passes},
            "",
            503,
            "[-]b failed: the certificate expired\n[+]a ok\nreadyz check failed\n",
            id="not ready says why without being asked",
        ),
        pytest.param(
            {"a": breaks},
            "",
            503,
            "[-]a failed: the check itself failed; the log says why\nreadyz check failed\n",
            id="a check that raises counts as failed and tells nothing else",
        ),
        pytest.param({}, "?verbose", 200, "readyz check passed\n", id="no checks"),
    ],
)
def test_readyz(checks: dict[str, Check], query: str, code: int, text: str) -> None:
    answer = ask(create_operations(readiness_of(**checks)), f"/readyz{query}")
    assert (answer.status_code, answer.text) == (code, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_check_name_can_be_taken_once() -> None:
    with pytest.raises(ValueError, match="there is a check 'a' already"):
        readiness_of(a=passes).add("a", fails)


@pytest.mark.parametrize("phase", Phase)
def test_only_the_serving_phase_is_ready_and_every_phase_is_alive(phase: Phase) -> None:
    lifecycle = Lifecycle()
    lifecycle.phase = phase
    readiness = readiness_of(listening=lifecycle.not_listening, shutdown=lifecycle.shutting_down)
    operations = create_operations(readiness)
    assert ask(operations, "/livez").status_code == 200
    assert ask(operations, "/readyz").status_code == (200 if phase is Phase.SERVING else 503)


def test_livez_runs_no_check() -> None:
    assert ask(create_operations(readiness_of(a=fails, b=breaks)), "/livez").text == "ok"


def test_other_routes_can_be_mounted() -> None:
    async def metrics(_request: Request) -> Response:
        return PlainTextResponse("leasegate_up 1\n")

    operations = create_operations(Readiness(), [Route("/metrics", metrics)])
    assert ask(operations, "/metrics").text == "leasegate_up 1\n"
    assert ask(operations, "/validate").status_code == 404


@pytest.mark.parametrize("path", ["/livez/", "/readyz/", "/metrics/", "/"])
def test_no_path_is_redirected(path: str) -> None:
    assert ask(create_operations(Readiness()), path).status_code == 404


def test_the_port_has_limits_of_its_own() -> None:
    """Nobody sends it a body, and few ask it anything."""
    admission = ConnectionLimits()
    assert OPERATIONS.connections < admission.connections / 10
    assert OPERATIONS.request_bytes <= 16 * 1024
    assert OPERATIONS.callers is None
