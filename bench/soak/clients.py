"""The good clients: most ask at a steady rate over one connection that each keeps open."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from bench.load import BadAnswerError, Connection
from bench.soak.questions import good_questions, problem

if TYPE_CHECKING:
    import ssl

    from bench.soak.tally import Tally

_CLIENTS: Final = 4
_INTERVAL: Final = 0.04
_NEW_INTERVAL: Final = 0.1


def send_good(port: int, context: ssl.SSLContext, tally: Tally, over: threading.Event) -> None:
    """Ask again and again; what a review took counts from when it was due.

    Who waited for an answer sends what was due meanwhile at once, so that a server which is silent
    for a second is late for all reviews of that second.
    """
    questions = good_questions()
    connection: Connection | None = None
    due, number = time.perf_counter(), 0
    while not over.wait(max(0.0, due - time.perf_counter())):
        asked, attack = questions[number % len(questions)], tally.attack
        number += 1
        try:
            connection = connection or Connection(port, context)
            connection.send(asked.request, due)
            answer = connection.receive()
        except (OSError, BadAnswerError) as error:
            tally.lost.append(f"{attack}: {error}")
            connection = None
        else:
            tally.good_seconds[attack].append(time.perf_counter() - due)
            if wrong := problem(answer, asked):
                tally.wrong.append(f"{attack}: {wrong}")
        due += _INTERVAL


def connect_anew(port: int, context: ssl.SSLContext, tally: Tally, over: threading.Event) -> None:
    """Ask now and then over a new connection, once: a reused one is what the others measure."""
    asked = good_questions()[0]
    while not over.wait(_NEW_INTERVAL):
        attack, started = tally.attack, time.perf_counter()
        try:
            connection = Connection(port, context)
            try:
                connection.send(asked.request, started)
                answer = connection.receive()
            finally:
                connection.close()
        except (OSError, BadAnswerError):
            tally.new_lost[attack] += 1
        else:
            tally.new_seconds[attack].append(time.perf_counter() - started)
            if wrong := problem(answer, asked):
                tally.wrong.append(f"{attack}: {wrong}")


def start(
    port: int, context: ssl.SSLContext, tally: Tally, over: threading.Event
) -> list[threading.Thread]:
    """Start the clients; they end once it is `over`."""
    threads = [
        threading.Thread(target=work, args=(port, context, tally, over), daemon=True)
        for work in (*[send_good] * _CLIENTS, connect_anew)
    ]
    for thread in threads:
        thread.start()
    return threads
