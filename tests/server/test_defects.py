"""Defects of our own: the client learns that there is one, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Never

import pytest
from starlette.routing import Route

from app.admission import Denied
from app.server.routes import create_routes
from tests.reviews import create, encode
from tests.server.running import Certificates, Recorder, running, running_leasegate

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse

    from app.admission import Review

JSON = {"Content-Type": "application/json"}


class UnexpectedError(Exception):
    pass


def failing(_review: Review[object]) -> Never:
    raise UnexpectedError("a secret of ours")


def unable(_review: Review[object]) -> Denied:
    """Return a verdict that no JSON can hold."""
    return Denied(code=422, reason="Invalid", message="\ud800")


def exhausted(_review: Review[object]) -> Never:
    raise RecursionError("maximum recursion depth exceeded")


@pytest.mark.parametrize("hook", [failing, unable, exhausted])
def test_a_hook_that_fails_is_a_500_that_tells_nothing(
    certificates: Certificates,
    capfd: pytest.CaptureFixture[str],
    hook: object,
) -> None:
    recorder = Recorder()
    hooks = {"validate": hook}
    with (
        running_leasegate(certificates, recorder, hooks=hooks) as server,  # type: ignore[arg-type]
        server.client() as client,
    ):
        answer = client.post("/validate", content=encode(create()), headers=JSON)
        again = client.post("/validate", content=encode(create()), headers=JSON)
    assert (answer.status_code, again.status_code) == (500, 500)
    status = answer.json()
    assert (status["kind"], status["reason"], status["code"]) == ("Status", "InternalError", 500)
    assert "secret" not in answer.text
    assert "Error(" not in answer.text
    assert "log" in status["message"]
    assert [code for _, code, _ in recorder.refusals] == [500, 500]
    output = capfd.readouterr()
    assert "review failed" in output.out + output.err


def test_an_exception_outside_of_the_endpoints_is_a_500_too(certificates: Certificates) -> None:
    recorder = Recorder()
    application = create_routes({}, recorder)

    async def fails(_request: Request) -> PlainTextResponse:
        raise UnexpectedError("a secret of ours")

    application.router.routes.append(Route("/fails", fails))
    with running(application, certificates) as server, server.client() as client:
        answer = client.get("/fails")
    assert answer.status_code == 500
    assert json.loads(answer.content)["reason"] == "InternalError"
    assert "secret" not in answer.text
    assert [(webhook, code) for webhook, code, _ in recorder.refusals] == [("", 500)]
