"""What goes on beside the answers of a server ends with it, and in good order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.server import run
from tests.server.running import running

if TYPE_CHECKING:
    import pytest
    from starlette.types import Receive, Scope, Send

    from tests.server.running import Certificates

FOR_EVER = 3600.0


async def unasked(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("the application was asked")


def test_work_may_say_goodbye(certificates: Certificates) -> None:
    said: list[str] = []

    async def work() -> None:
        said.append("hello")
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            # As a connection to the API server is closed: not at once.
            await asyncio.sleep(0.1)
            said.append("goodbye")

    with running(unasked, certificates, background=[work]):
        pass
    assert said == ["hello", "goodbye"]


def test_a_goodbye_that_takes_too_long_is_not_waited_for(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CLEANUP_SECONDS", 0.1)
    said: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            said.append("one moment")
            await asyncio.sleep(FOR_EVER)

    # The block's end asserts that the server has stopped.
    with running(unasked, certificates, background=[work]):
        pass
    assert said == ["one moment"]
