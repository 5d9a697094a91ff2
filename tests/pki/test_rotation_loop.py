"""The loop that looks after certificates: it outlives every error, and what it says of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from app.pki.rotation_loop import RotationLoop
from tests.pki.replicas import AWAY, CONFLICT, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 300.0


async def run_until(loop: RotationLoop, happened: Callable[[], bool]) -> None:
    task = asyncio.create_task(loop.run(0.05))
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110  what it waits for tells nobody
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


def test_replicas_that_start_at_once_converge_to_one_ca() -> None:
    setting = Setting()
    loops = [RotationLoop(setting.replica(name), lambda _: None) for name in "abcdefgh"]

    async def run() -> None:
        tasks = [asyncio.create_task(one.run(0.05)) for one in loops]
        async with asyncio.timeout(PATIENCE):
            while any(one.problem() for one in loops):  # noqa: ASYNC110  as above
                await asyncio.sleep(0.01)
        for one in tasks:
            one.cancel()
        await asyncio.wait(tasks)

    asyncio.run(run())
    assert setting.secret.data["ca.crt"].count(b"BEGIN CERTIFICATE") == 1


def test_conflicts_are_tried_again_without_a_word() -> None:
    setting = Setting()
    setting.secret.errors = [CONFLICT] * 5
    results: list[str] = []
    loop = RotationLoop(setting.replica(), results.append)
    with capture_logs() as logs:
        asyncio.run(run_until(loop, lambda: loop.problem() is None))
    assert results == []
    assert not [record for record in logs if record["log_level"] == "error"]


def test_the_same_error_is_said_once_and_its_end_too() -> None:
    setting = Setting()
    results: list[str] = []
    loop = RotationLoop(setting.replica(), results.append)
    setting.bundles.errors = [AWAY] * 2
    with capture_logs() as logs:
        asyncio.run(run_until(loop, lambda: loop.problem() is None))
    said = [record["event"] for record in logs if "looked after" in record["event"]]
    assert said == ["certificates cannot be looked after", "certificates are looked after again"]
    assert results == ["failure", "success"]


def test_a_defect_does_not_end_the_loop() -> None:
    setting = Setting()
    loop = RotationLoop(setting.replica(), lambda _: None)
    setting.bundles.errors = [RuntimeError("a defect")]
    with capture_logs() as logs:
        asyncio.run(run_until(loop, lambda: loop.problem() is None))
    assert "a defect in looking after the certificates" in [record["event"] for record in logs]


def test_an_error_is_part_of_what_readiness_says() -> None:
    setting = Setting()
    setting.bundles.errors = [AWAY] * 1000
    loop = RotationLoop(setting.replica(), lambda _: None)
    asyncio.run(run_until(loop, lambda: bool(loop.error)))
    assert loop.problem() == f"the Secret with the certificates was not read yet; {AWAY}"
    assert loop.note() == str(AWAY)
