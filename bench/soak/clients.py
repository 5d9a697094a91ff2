"""The clients: good ones, floods, slow ones, and those that reset their connections."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from bench.load import BadAnswerError, Connection
from bench.soak.questions import problem

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from bench.soak.questions import Question
    from bench.soak.tally import Tally

_GOOD: Final = 4
_GOOD_PAUSE: Final = 0.02
_FLOODING: Final = 6
_SLOW: Final = 24
_SLOWNESS: Final = 0.5
_RESETTING: Final = 2
_RESET_PAUSE: Final = 0.05
_REFUSALS: Final = frozenset({408, 429, 504})
"""What a flood or a slow client may be answered instead of a decision."""


@dataclass(frozen=True)
class Target:
    """The server, and until when it is bothered."""

    port: int
    context: ssl.SSLContext
    tally: Tally
    until: float

    def is_over(self) -> bool:
        """Whether it is time to stop."""
        return time.monotonic() >= self.until

    def connect(self) -> Connection:
        """Open a connection."""
        return Connection(self.port, self.context)


def send_good(target: Target, questions: Sequence[Question]) -> None:
    """Ask again and again over one connection; it is opened anew where an answer closed it."""
    connection: Connection | None = None
    number = 0
    while not target.is_over():
        asked = questions[number % len(questions)]
        number += 1
        started = time.perf_counter()
        try:
            if connection is None:
                connection = target.connect()
            connection.send(asked.request, started)
            answer = connection.receive()
        except (OSError, BadAnswerError) as error:
            target.tally.lost.append(str(error))
            connection = None
            continue
        target.tally.good_seconds.append(time.perf_counter() - started)
        if wrong := problem(answer, asked):
            target.tally.wrong.append(wrong)
        target.tally.count("good requests answered")
        time.sleep(_GOOD_PAUSE)


def flood(target: Target, questions: Sequence[Question]) -> None:
    """Send bodies around the limit without a pause, each on a connection of its own."""
    number = 0
    while not target.is_over():
        asked = questions[number % len(questions)]
        number += 1
        try:
            connection = target.connect()
        except OSError:
            target.tally.count("large bodies without an answer")
            continue
        try:
            with suppress(OSError):  # The answer may be there before the body is sent.
                connection.send(asked.request, 0)
            code, answer = connection.receive_any()
        except (OSError, BadAnswerError):
            target.tally.count("large bodies without an answer")
        else:
            if code in _REFUSALS:
                target.tally.count(f"large bodies refused with {code}")
            elif code != HTTPStatus.OK:
                target.tally.wrong.append(f"HTTP {code}: {answer[:200]!r}")
            elif wrong := problem(answer, asked):
                target.tally.wrong.append(f"flood: {wrong}")
            else:
                decision = "allowed" if asked.allowed else "denied"
                target.tally.count(f"large bodies {decision}")
        finally:
            connection.close()


def be_slow(target: Target, request: bytes) -> None:
    """Send a byte now and then, or nothing, until the server ends the connection."""
    while not target.is_over():
        with suppress(OSError):
            connection = target.connect()
            try:
                connection.socket.settimeout(_SLOWNESS)
                for byte in request:
                    if target.is_over() or _is_ended(connection):
                        break
                    connection.socket.sendall(bytes([byte]))
            finally:
                connection.close()
        if not target.is_over():
            target.tally.count("slow clients ended")


def _is_ended(connection: Connection) -> bool:
    """Wait for a moment; return whether the server has said something, or has gone."""
    try:
        connection.socket.recv(4096)
    except TimeoutError:
        return False
    return True


def reset(target: Target, request: bytes) -> None:
    """Send a part of a request, and reset the connection."""
    part = 0
    while not target.is_over():
        part = (part + 97) % len(request)
        with suppress(OSError):
            connection = target.connect()
            connection.socket.sendall(request[:part])
            linger = struct.pack("ii", 1, 0)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()
            target.tally.count("connections reset")
        time.sleep(_RESET_PAUSE)


def client_threads(
    target: Target, good: list[Question], floods: list[Question]
) -> list[threading.Thread]:
    """Return a thread for each client, not started."""
    small = good[0].request
    work: list[tuple[int, Callable[[], None]]] = [
        (_GOOD, lambda: send_good(target, good)),
        (_FLOODING, lambda: flood(target, floods)),
        (_SLOW, lambda: be_slow(target, small)),
        (_RESETTING, lambda: reset(target, small)),
    ]
    return [
        threading.Thread(target=function, daemon=True)
        for count, function in work
        for _ in range(count)
    ]
