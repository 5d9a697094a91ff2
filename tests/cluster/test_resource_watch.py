"""The watch reads what it is told a little at a time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx2

from app.cluster.backoff import Backoff
from app.cluster.resource_watch import Resource, ResourceWatch
from app.cluster.watch_status import WatchStatus
from tests.cluster.test_candidate_watch import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import msgspec

NUMBER = 200


class Listener:
    """Notes in which turn of the event loop each object was read."""

    def __init__(self) -> None:
        self.is_incomplete = False
        self.turn = 0
        self.turns: list[int] = []
        self.texts: list[bytes] = []

    async def others(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)

    def read(self, text: msgspec.Raw) -> int | None:
        self.texts.append(bytes(text))
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


async def test_an_event_may_have_any_line_break_but_a_line_feed() -> None:
    """Go's JSON has these as they are."""
    text = {"metadata": {"name": "a", "namespace": "team"}, "spec": "\x85\u2028\u2029"}
    event = json.dumps({"type": "MODIFIED", "object": text}, ensure_ascii=False).encode()
    pieces = [event[:70], event[70:] + b"\n" + event, b"\n"]

    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    def answer_once(request: httpx2.Request) -> httpx2.Response:
        if "watch" in request.url.params:
            return httpx2.Response(200, content=stream())
        return httpx2.Response(200, json={"metadata": {}, "items": []})

    listener = Listener()
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer_once), base_url="https://api")
    watch = ResourceWatch[int](client, Resource("things", ["/things"], ""), listener, WatchStatus())
    task = asyncio.create_task(watch.run())
    try:
        await until(lambda: len(listener.texts) >= 2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()
    assert [json.loads(one) for one in listener.texts[:2]] == [text, text]


async def test_where_objects_were_left_out_they_are_listed_again() -> None:
    lists = 0

    def count(request: httpx2.Request) -> httpx2.Response:
        nonlocal lists
        lists += "watch" not in request.url.params
        return answer(request)

    listener = Listener()
    listener.is_incomplete = True
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(count), base_url="https://api")
    watch = ResourceWatch[int](
        client,
        Resource("things", ["/things"], ""),
        listener,
        WatchStatus(),
        backoff=Backoff(0.01, 0.01),
    )
    task = asyncio.create_task(watch.run())
    try:
        await until(lambda: lists >= 3)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()
