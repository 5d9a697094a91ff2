"""One connection, fed piece by piece: what depends on how bytes arrive, without a network."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from app.http import stream as module
from app.http.answer import send_json
from app.http.limits import ConnectionLimits
from tests.http.test_connection import BODY, JSON, request
from tests.http.test_raw_requests import ANSWERED, CHUNKED, REFUSED, chunk
from tests.http.wire import Scene, settle

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


HEADER = request(*JSON)
REVIEW = HEADER + BODY
BAD_CHUNK = b"zz\r\n"
LIMITS = ConnectionLimits(header_seconds=1, idle_seconds=2, request_bytes=200_000)
LATE = request(*CHUNKED) + chunk(BODY) + b"0\r\n"

# Framings that were answered in one way or another, by where TCP cut them.
TRAILERS = {
    "a Content-Type in the trailer": LATE + b"Content-Type: text/plain\r\n\r\n",
    "Connection: close in the trailer": LATE + b"Connection: close\r\n\r\n",
    "a length in the trailer": LATE + b"Content-Length: 3\r\n\r\n",
    "an encoding in the trailer": LATE + b"Transfer-Encoding: chunked\r\n\r\n",
    "an upgrade in the trailer": LATE + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n",
    "a field without a colon in the trailer": LATE + b"x\r\n\r\n",
    "a header of 33 KiB": request(*JSON, f"X: {'y' * 33 * 1024}") + BODY,
    "a header of 33 KiB that is no HTTP in its end": request(f"X: {'y' * 33 * 1024}", "\0"),
    "a trailer of 33 KiB": LATE + b"X: " + b"y" * 33 * 1024 + b"\r\n\r\n",
    "a trailer of many empty fields": LATE + b"x:\r\n" * 40_000 + b"\r\n",
    "a body over the budget": request(JSON[0], "Content-Length: 300000") + b"x" * 300_000,
    "chunks over the budget": request(*CHUNKED) + chunk(b"x") * 50_000,
}
FRAMINGS = REFUSED | ANSWERED | TRAILERS
WHAT_COMES = REVIEW


async def answers(pieces: list[bytes]) -> tuple[list[bytes], bytes, bool]:
    """Return what is answered, what the application got where it did, and whether that is all."""
    scene = Scene(LIMITS)
    await scene.feed(*pieces)
    got = scene.application.body if set(scene.wire.codes) == {200} else b""
    return scene.wire.written, got, scene.connection.closing


@pytest.mark.parametrize("sent", FRAMINGS.values(), ids=FRAMINGS)
@settings(max_examples=15)
@given(data=st.data())
def test_the_same_bytes_get_the_same_answer_wherever_they_are_cut(
    sent: bytes, data: st.DataObject
) -> None:
    whole = sent + WHAT_COMES
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=6), "cuts"))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert asyncio.run(answers(pieces)) == asyncio.run(answers([whole]))


@pytest.mark.parametrize(
    "sent", [framing for framing in FRAMINGS.values() if len(framing) < 1000], ids=lambda _: ""
)
def test_it_gets_the_same_answer_when_it_is_cut_in_two_at_any_place(sent: bytes) -> None:
    whole = sent + WHAT_COMES[:100]
    expected = asyncio.run(answers([whole]))
    for cut in range(1, len(whole)):
        assert asyncio.run(answers([whole[:cut], whole[cut:]])) == expected


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(TRAILERS["a trailer of 33 KiB"], 431, id="one long field"),
        pytest.param(TRAILERS["a trailer of many empty fields"], 431, id="many short fields"),
        pytest.param(TRAILERS["a body over the budget"], 413, id="a body"),
        pytest.param(TRAILERS["chunks over the budget"], 413, id="chunks"),
    ],
)
async def test_every_byte_of_a_request_is_counted(sent: bytes, code: int) -> None:
    scene = Scene(LIMITS)
    await scene.feed(sent)
    assert scene.wire.codes == [code]
    assert scene.refused == [code]
    assert scene.connection.closing


@pytest.mark.parametrize(
    "sent", [TRAILERS["chunks over the budget"], TRAILERS["a body over the budget"]]
)
async def test_they_are_counted_after_an_early_answer_too(sent: bytes) -> None:
    scene = Scene(LIMITS)
    scene.application.reads, scene.application.code = False, 404
    head, _, body = sent.partition(b"\r\n\r\n")
    await scene.feed(head + b"\r\n\r\n")
    assert scene.wire.codes == [404]
    assert not scene.connection.idle, "its body still comes"
    await scene.feed(body)
    assert scene.wire.codes == [404]
    assert scene.connection.closing


async def test_a_trailer_is_dropped() -> None:
    scene = Scene()
    await scene.feed(LATE + b"X-Late: 1\r\nHost: y\r\n\r\n")
    assert scene.wire.codes == [200]
    assert b"x-late" not in dict(scene.application.scopes[0]["headers"])


async def test_what_follows_is_not_read_before_there_is_an_answer() -> None:
    scene = Scene()
    scene.application.may_end.clear()
    await scene.feed(REVIEW + request(method="GET") * 500)
    assert len(scene.application.scopes) == 1
    assert not scene.wire.is_reading()
    scene.application.may_end.set()
    await settle()
    for _ in range(600):
        await settle()
    assert scene.wire.codes == [200] * 501
    assert scene.wire.is_reading()


async def test_nor_while_the_answer_is_not_taken() -> None:
    scene = Scene()
    scene.wire.reads = False
    scene.application.answer = b"x" * 1000
    await scene.feed(REVIEW * 3)
    assert scene.wire.codes == [200]
    assert not scene.connection.idle
    scene.wire.reads = True
    scene.wire.read_all()
    await settle()
    assert scene.wire.codes == [200] * 3
    assert scene.connection.idle


async def test_an_answer_that_is_not_taken_ends_with_the_time_of_its_request() -> None:
    scene = Scene()
    scene.wire.reads = False
    await scene.feed(REVIEW)
    assert LIMITS.idle_seconds < scene.seconds_left <= LIMITS.request_seconds
    scene.connection.expire()
    assert scene.wire.cut


async def test_answers_that_nobody_reads_have_a_bound_together() -> None:
    scene = Scene(ConnectionLimits(unread_bytes=100_000))
    scene.application.answer = b"x" * 30_000
    wires = []
    for _ in range(5):
        wire, connection = scene.connect()
        wire.reads = False
        await scene.feed(REVIEW, connection=connection)
        wires.append(wire)
    assert [wire.cut for wire in wires] == [True, True, False, False, False]
    assert 90_000 <= scene.service.unread.total <= 100_000
    wires[2].read_all()
    assert scene.service.unread.total < 90_000


@pytest.mark.parametrize("end", ["after an answer", "in a body", "in a header", "with an error"])
async def test_nothing_is_left_of_a_connection(end: str) -> None:
    """What a flood took is free when it has gone, though no collection was made."""
    scene = Scene()
    wire, connection = scene.connect()
    sent = {
        "after an answer": REVIEW,
        "in a body": REVIEW[:-1],
        "in a header": REVIEW[:20],
        "with an error": b"\0\r\n\r\n",
    }
    gc.disable()
    try:
        await scene.feed(sent[end], connection=connection)
        request_ = connection._request  # noqa: SLF001 - what must not be kept
        left = [weakref.ref(connection)]
        del request_
        connection.connection_lost(None)
        await settle()
        wire.protocol = None
        del connection, wire
        assert [reference() for reference in left] == [None]
        assert len(scene.service.connections) == 1
    finally:
        gc.enable()


async def test_a_request_arrives_with_its_first_byte() -> None:
    """Its deadline counts from then: kube-apiserver's does too."""
    scene = Scene()
    now = asyncio.get_running_loop().time
    for _ in range(2):
        before = now()
        await scene.feed(HEADER[:20])
        between = now()
        await scene.feed(HEADER[20:], BODY)
        assert before <= scene.application.scopes[-1]["state"]["arrived"] <= between
    assert len(scene.application.scopes) == 2


@pytest.mark.parametrize(
    ("pieces", "had_body"),
    [
        pytest.param([REVIEW], True, id="all at once"),
        pytest.param([HEADER[:20], HEADER[20:] + BODY], True, id="all with the end of the header"),
        pytest.param([HEADER, BODY], False, id="nothing with the header"),
        pytest.param([HEADER + BODY[:-1], BODY[-1:]], False, id="all but a byte"),
        pytest.param([LATE, b"\r\n"], False, id="chunks without an end"),
    ],
)
async def test_an_application_is_told_whether_it_must_wait_for_a_body(
    pieces: list[bytes], *, had_body: bool
) -> None:
    scene = Scene()
    await scene.feed(*pieces, *pieces)
    assert [scope["state"]["body_arrived"] for scope in scene.application.scopes] == [had_body] * 2


async def test_the_size_of_a_header_is_its_own_alone() -> None:
    scene = Scene(ConnectionLimits(header_bytes=len(HEADER)))
    for _ in range(3):
        await scene.feed(HEADER[:20], HEADER[20:-20], HEADER[-20:], BODY)
    assert scene.wire.codes == [200] * 3


async def test_what_comes_after_the_end_is_not_read() -> None:
    scene = Scene()
    scene.connection.abort()
    await scene.feed(REVIEW)
    assert scene.application.scopes == []


@pytest.mark.parametrize("started", [True, False], ids=["it has begun to answer", "it has not"])
async def test_an_application_whose_body_breaks_off_is_alone(*, started: bool) -> None:
    heard = []

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        if started:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        while (message := await receive())["type"] == "http.request":
            pass
        heard.append(message["type"])
        await send_json(send, 200, b"")

    scene = Scene(application=application)
    await scene.feed(request(*CHUNKED) + chunk(b"{"), BAD_CHUNK)
    assert scene.wire.codes == [200 if started else 400]
    assert scene.refused == [400]
    assert heard == ["http.disconnect"]


async def test_an_application_that_never_answers_has_an_end() -> None:
    scene = Scene()
    scene.application.may_end.clear()
    await scene.feed(REVIEW)
    assert 10 < scene.seconds_left <= 20
    scene.connection.expire()
    assert scene.wire.cut


async def test_a_body_that_is_not_taken_is_not_read_on() -> None:
    scene = Scene()
    scene.application.reads = False
    scene.application.may_end.clear()
    await scene.feed(request("Content-Length: 200000"), b"x" * 100_000)
    assert not scene.wire.is_reading()
    scene.application.may_end.set()
    await settle()
    assert scene.wire.is_reading()
    await scene.feed(b"x" * 100_000, REVIEW)
    assert scene.wire.codes == [200] * 2


async def test_a_client_that_still_sends_after_an_error_is_heard_out() -> None:
    scene = Scene()
    await scene.feed(request(*CHUNKED) + BAD_CHUNK)
    assert scene.wire.codes == [400]
    assert scene.wire.is_reading()
    assert not scene.wire.is_closing()
    first = scene.connection.expires
    await scene.feed(b"more")
    assert scene.connection.expires > first
    scene.connection.expire()
    assert scene.wire.is_closing()


async def test_it_is_not_heard_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINGER_SECONDS", 0)
    scene = Scene()
    await scene.feed(b"garbage\r\n", b"more")
    assert scene.seconds_left <= 0


@pytest.mark.parametrize(
    ("fields", "body", "expected"),
    [
        pytest.param([(b"content-length", b"2")], b"ok", [200], id="as it says"),
        pytest.param([], b"ok", [200], id="without a length: the end of the connection is its end"),
        pytest.param([(b"content-length", b"3")], b"ok", [500], id="shorter than it says"),
        pytest.param([(b"content-length", b"1")], b"ok", [500], id="longer than it says"),
        pytest.param([(b"x", b"a\r\nb: c")], b"ok", [500], id="a line break in a field"),
    ],
)
async def test_what_an_application_answers(
    fields: list[tuple[bytes, bytes]], body: bytes, expected: list[int]
) -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    scene = Scene(application=application)
    await scene.feed(REVIEW)
    assert scene.wire.codes == expected
    assert scene.connection.closing == (fields != [(b"content-length", b"2")])


@pytest.mark.parametrize("started", [True, False])
async def test_an_application_that_fails_is_answered_for(*, started: bool) -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        if started:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        raise RuntimeError

    scene = Scene(application=application)
    await scene.feed(REVIEW)
    assert scene.wire.codes == [200 if started else 500]
    assert scene.connection.closing


async def test_head_and_body_leave_in_one_write() -> None:
    scene = Scene()
    scene.application.answer = b"body"
    await scene.feed(REVIEW)
    [answer] = scene.wire.written
    assert answer.endswith(b"\r\n\r\nbody")


async def test_what_is_asked_with_head_gets_no_body() -> None:
    scene = Scene()
    scene.application.answer = b"body"
    await scene.feed(request(method="HEAD"))
    [answer] = scene.wire.written
    assert b"content-length: 4\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")
