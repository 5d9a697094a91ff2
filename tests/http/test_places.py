"""Who has to go when a server is full, and who gets a turn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from app.http import handshakes as module
from app.http.handshakes import Handshakes
from app.http.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1000.0


@dataclass(eq=False)
class Peer:
    """A connection; `decided` is whether it ever had a decision."""

    since: float
    address: str = "10.0.0.1"
    decided: bool = False
    busy: bool = False


SILENT, OLD_SILENT, NEW, NEWER = Peer(998), Peer(997), Peer(999.9), Peer(999.95)
POOLED, LONG_POOLED, USED = (Peer(since, decided=True) for since in (990, 900, 999.9))
BUSY = Peer(800, decided=True, busy=True)
OTHERS = [Peer(since, "10.0.0.2", decided=True) for since in (910, 920)]
OTHER_SILENT = Peer(990, "10.0.0.2")


@pytest.mark.parametrize(
    ("peers", "goes"),
    [
        pytest.param([], None, id="nobody"),
        pytest.param([BUSY, NEW, USED], None, id="everyone is needed"),
        pytest.param([LONG_POOLED, OLD_SILENT, SILENT, BUSY], OLD_SILENT, id="the oldest silent"),
        pytest.param([LONG_POOLED, POOLED, BUSY], LONG_POOLED, id="idle for longest"),
        pytest.param([LONG_POOLED, *OTHERS], OTHERS[0], id="of the address that has most"),
        pytest.param(
            [OTHER_SILENT, OLD_SILENT, SILENT], OLD_SILENT, id="among the silent ones too"
        ),
        pytest.param([LONG_POOLED, NEW, NEWER, BUSY, USED], LONG_POOLED, id="a new one has time"),
        pytest.param([USED, NEW, NEWER], NEW, id="unless such ones have half of all places"),
    ],
)
def test_who_has_to_go(peers: Sequence[Peer], goes: Peer | None) -> None:
    places = Places[Peer](max(3, len(peers)))
    for peer in peers:
        places.add(peer)
    for peer in peers:
        if peer.decided:
            places.keep(peer)
    assert places.full == (len(peers) >= 3)
    assert places.least_needed(NOW) is goes


def test_each_decision_counts_anew() -> None:
    places = Places[Peer](2)
    for peer in (LONG_POOLED, POOLED):
        places.add(peer)
        places.keep(peer)
    places.keep(LONG_POOLED)
    assert places.least_needed(NOW) is POOLED
    places.remove(POOLED)
    places.keep(POOLED)
    assert len(places) == 1, "who has no place any more gets none"


@dataclass(eq=False)
class Hello:
    """A handshake that takes as long as its test's clock says."""

    name: str
    done: list[str]
    address: str = "10.0.0.1"
    clock: list[float] = field(default_factory=list)

    def shake_hands(self) -> None:
        self.done.append(self.name)


async def test_handshakes_take_turns_by_address_and_the_newest_goes_first() -> None:
    handshakes, done = Handshakes(), list[str]()
    for number in range(3):
        handshakes.add(Hello(f"many {number}", done))
    handshakes.add(Hello("another", done, "10.0.0.2"))
    while len(done) < 4:  # noqa: ASYNC110  it is told by what was done
        await asyncio.sleep(0)
    assert done == ["many 2", "another", "many 1", "many 0"]


async def test_handshakes_leave_everybody_else_as_much_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_TURN_SECONDS", 0.0)
    loop, paused = asyncio.get_running_loop(), list[float]()
    later = loop.call_later

    def call_later(delay: float, *rest: object) -> asyncio.TimerHandle:
        paused.append(delay)
        return later(delay, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "call_later", call_later)
    handshakes, done = Handshakes(), list[str]()
    for _ in range(5):
        handshakes.add(Hello("x", done))
    while len(done) < 5:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert len(paused) == 4
    assert all(delay > 0 for delay in paused)
