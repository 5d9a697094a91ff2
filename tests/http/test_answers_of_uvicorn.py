"""What uvicorn would do by itself, and what it must do: headers, records, whom it believes."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import uvicorn

from app.http.answer import send_json
from tests.server.running import PATIENCE, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2
    from starlette.types import Receive, Scope, Send

    from tests.server.running import Certificates


async def tell_who_asks(scope: Scope, _receive: Receive, send: Send) -> None:
    await send_json(send, 200, json.dumps([scope["client"][0], scope["scheme"]]).encode())


@pytest.fixture(scope="module")
def client(certificates: Certificates) -> Iterator[httpx2.Client]:
    with running(tell_who_asks, certificates) as server, server.client() as client:
        yield client


def test_nothing_is_believed_about_a_proxy(client: httpx2.Client) -> None:
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http"}
    assert client.get("/", headers=headers).json() == ["127.0.0.1", "https"]


def test_no_request_makes_a_record_of_its_own(
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made: list[str] = []
    logger = logging.getLogger("uvicorn.access")
    # pytest's own handler, without which uvicorn finds that nobody is interested.
    monkeypatch.setattr(logger, "handlers", [])
    caplog.set_level(logging.INFO, logger.name)
    monkeypatch.setattr(logger, "filters", [lambda record: made.append(record.getMessage())])
    with running(tell_who_asks, certificates) as server, server.client() as client:
        assert client.get("/").status_code == 200
    assert made == []


def test_an_answer_has_the_date_and_no_banner(client: httpx2.Client) -> None:
    headers = client.get("/").headers
    age = datetime.now(UTC) - parsedate_to_datetime(headers["date"])
    assert abs(age) < timedelta(minutes=1)
    assert sorted(headers) == ["content-length", "content-type", "date"]


def test_the_date_goes_on(client: httpx2.Client) -> None:
    first, deadline = client.get("/").headers["date"], time.monotonic() + PATIENCE
    while client.get("/").headers["date"] == first:
        assert time.monotonic() < deadline, "it stands still"


def test_all_that_is_used_of_uvicorn_is_its_configuration(root: Path) -> None:
    """An upgrade that moves one of these parts fails here, and says which it was."""
    uses = [
        line.strip()
        for file in sorted((root / "app").rglob("*.py"))
        for line in file.read_text().splitlines()
        if "uvicorn" in line and ("import" in line or "uvicorn." in line)
    ]
    assert uses == ["import uvicorn", "config = uvicorn.Config("]
    config = uvicorn.Config(tell_who_asks, interface="asgi3", lifespan="off", log_config=None)
    config.load()
    assert callable(config.loaded_app)
