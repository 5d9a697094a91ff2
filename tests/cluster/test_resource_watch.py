"""The watch reads what it is told a little at a time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx2

from app.cluster.resource_watch import Resource, ResourceWatch
from app.cluster.watch_status import WatchStatus
from tests.cluster.test_candidate_watch import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    import msgspec

NUMBER = 200


class Listener:
    """Notes in which turn of the event loop each object was read."""

    def __init__(self) -> None:
        self.turn = 0
        self.turns: list[int] = []

    async def others(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)

    def read(self, _text: msgspec.Raw) -> int | None:
        self.turns.append(self.turn)
        return self.turn

    def replace(self, _found: Sequence[int]) -> None: ...

    def put(self, _found: int) -> None: ...

    def remove(self, _found: int) -> None: ...

    def forget(self) -> None: ...


def answer(request: httpx2.Request) -> httpx2.Response:
    """Return a list, or as many events at once."""
    item = {"metadata": {"name": "a", "namespace": "team", "resourceVersion": "1"}}
    if "watch" in request.url.params:
        event = json.dumps({"type": "MODIFIED", "object": item})
        return httpx2.Response(200, text=f"{event}\n" * NUMBER)
    return httpx2.Response(200, json={"metadata": {}, "items": [item] * NUMBER})


async def test_a_long_list_and_a_burst_of_events_leave_others_their_turn() -> None:
    listener = Listener()
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="https://api")
    watch = ResourceWatch(client, Resource("things", ["/things"], ""), listener, WatchStatus())
    tasks = [asyncio.create_task(run()) for run in (listener.others, watch.run)]
    try:
        await until(lambda: len(listener.turns) >= 2 * NUMBER)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.aclose()
    listed, burst = listener.turns[:NUMBER], listener.turns[NUMBER : 2 * NUMBER]
    assert len(set(listed)) >= NUMBER // 20
    assert len(set(burst)) >= NUMBER // 20
