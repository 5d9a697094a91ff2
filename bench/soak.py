"""`make soak`: two minutes of everything that hurts at once, and whether good requests notice.

Floods of bodies around the limit, clients that send too slowly or not at all, and connections that
are reset in the middle, beside good reviews. It ends with 0 where every good request was answered,
no answer at all was wrong, and memory did not grow.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from app.pki.development import ensure_development_certificates
from bench import page
from bench.__main__ import free_port
from bench.load import BadAnswerError, Connection, client_context
from bench.machine import machine
from bench.peers import OURS, Place
from bench.process import ServerProcess
from bench.review import heartbeats, post

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

_LIMIT: Final = 8 * 1024 * 1024
_REVIEWS: Final = Path(__file__).parents[1] / "examples" / "reviews"
_GOOD: Final = 4
_GOOD_PAUSE: Final = 0.02
_FLOODING: Final = 6
_SLOW: Final = 24
_SLOWNESS: Final = 0.5
_RESETTING: Final = 2
_RESET_PAUSE: Final = 0.05
_SAMPLE_SECONDS: Final = 0.25
_GROWTH: Final = 1.05
_REFUSALS: Final = frozenset({408, 429, 504})
"""What a flood or a slow client may be answered instead of a decision."""


@dataclass
class Tally:
    """What happened so far; several threads write to it."""

    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    good_seconds: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """Count something that is as it should be."""
        with self._lock:
            self.counts[what] += 1


@dataclass(frozen=True)
class Question:
    """One request, and the answer that is right."""

    request: bytes
    uid: str
    allowed: bool


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


def problem(answer: bytes, question: Question) -> str:
    """Return what is wrong with an answer of HTTP 200; the empty string where it is right."""
    try:
        response = json.loads(answer)["response"]
        given = (response["uid"], response["allowed"])
    except (ValueError, KeyError, TypeError):
        return f"no AdmissionReview: {answer[:200]!r}"
    right = (question.uid, question.allowed)
    return "" if given == right else f"{given} instead of {right}"


def question(body: bytes, *, allowed: bool) -> Question:
    """Return the question that a body is."""
    uid = json.loads(body)["request"]["uid"]
    return Question(post("/validate", body), uid, allowed)


def good_questions() -> list[Question]:
    """Return heartbeats, and among them reviews that must be denied."""
    denied = question((_REVIEWS / "update-changes-lease-name.json").read_bytes(), allowed=False)
    return [q for body in heartbeats() for q in (question(body, allowed=True), denied)]


def flood_questions() -> list[Question]:
    """Return a review that is padded to the limit, and one beyond it, which must be denied."""
    return [
        question(padded(_LIMIT - 1024), allowed=True),
        question(padded(_LIMIT + 1024), allowed=False),
    ]


def padded(size: int) -> bytes:
    """Return a heartbeat of so many bytes, by a field that nobody knows."""
    review = json.loads(heartbeats()[0])
    review["padding"] = ""
    review["padding"] = "<" * (size - len(json.dumps(review)))
    return json.dumps(review).encode()


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


def quarters(sizes: Sequence[int]) -> tuple[float, float]:
    """Return the medians of the first and of the last quarter."""
    length = max(1, len(sizes) // 4)
    return median(sizes[:length]), median(sizes[-length:])


def report(tally: Tally, sizes: Sequence[int], seconds: float) -> tuple[str, bool]:
    """Return the figures as Markdown, and whether all is well."""
    first, last = quarters(sizes)
    flat = last <= first * _GROWTH
    slowest = max(tally.good_seconds, default=0.0)
    typical = median(tally.good_seconds or [0.0])
    rows = [
        ("seconds", f"{seconds:.0f}"),
        ("wrong answers", str(len(tally.wrong))),
        ("lost good requests", str(len(tally.lost))),
        *((what, str(count)) for what, count in sorted(tally.counts.items())),
        ("good request, median and slowest", f"{typical * 1e3:.1f} ms, {slowest * 1e3:.0f} ms"),
        (
            "resident memory, first and last quarter",
            f"{first / 2**20:.1f} MiB, {last / 2**20:.1f} MiB: {'flat' if flat else 'grows'}",
        ),
        ("resident memory, most", f"{max(sizes) / 2**20:.1f} MiB"),
    ]
    lines = ["| what |  |", "|---|--:|", *(f"| {what} | {value} |" for what, value in rows)]
    answered = tally.counts["good requests answered"] > 0
    return "\n".join(lines), flat and answered and not (tally.wrong or tally.lost)


def _threads(
    target: Target, good: list[Question], floods: list[Question]
) -> list[threading.Thread]:
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


def main() -> int:
    """Bother a server, and print what came of it."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=110)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    tally = Tally()
    good, floods = good_questions(), flood_questions()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = ensure_development_certificates(folder / "certs", now=datetime.now(UTC))
        place = Place(free_port(), made.certificate, made.key)
        context = client_context(made.ca_certificate)
        server = ServerProcess(OURS.command(place), place.port, context, folder / "log")
        stack.enter_context(server)
        started = time.monotonic()
        target = Target(place.port, context, tally, started + arguments.seconds)
        threads = _threads(target, good, floods)
        for thread in threads:
            thread.start()
        told = 0.0
        sizes = [server.memory_bytes]
        while not target.is_over():
            time.sleep(_SAMPLE_SECONDS)
            sizes.append(server.memory_bytes)
            if time.monotonic() - started >= told:
                told += 10
                answered = tally.counts["good requests answered"]
                sys.stderr.write(
                    f"soak: {told - 10:.0f} s, {answered} good requests answered, "
                    f"{len(tally.lost)} lost, {sizes[-1] / 2**20:.0f} MiB\n"
                )
        for thread in threads:
            thread.join()
    table, well = report(tally, sizes, arguments.seconds)
    print(table)
    for kind, entries in (("wrong", tally.wrong), ("lost", tally.lost)):
        for entry, count in Counter(entries).most_common(5):
            sys.stderr.write(f"soak: {kind}: {count} x {entry}\n")
    if arguments.write and well:
        page.write("soak", f"## Under attack\n\n{machine()}.\n\n{table}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
