"""How durations, times and names are written for people."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from app.leasecandidate.quote import quote

if TYPE_CHECKING:
    from datetime import timedelta

    from app.explain.objects import Key
    from app.leasecandidate import MicroTime

_UNITS: Final = ((172_800, 86_400, "d"), (7_200, 3_600, "h"), (120, 60, "min"))
_KUBERNETES: Final = {"kube-controller-manager", "kube-scheduler"}


def duration(time: timedelta) -> str:
    """Return `12 s`, `3 min`, `5 h` or `9 d`, rounded down."""
    seconds = int(time.total_seconds())
    for least, unit, name in _UNITS:
        if seconds >= least:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def ago(time: MicroTime, now: MicroTime) -> str:
    """Return how long ago it was, or how far ahead it is."""
    return f"{duration(now.since(time))} ago" if time <= now else f"in {duration(time.since(now))}"


def clock(time: MicroTime, now: MicroTime) -> str:
    """Return the time in UTC to the second, with its date where that is not today's."""
    text, today = str(time), str(now)
    day, rest = text.split("T")
    rest = rest.partition(".")[0]
    return rest if today.startswith(day) else f"{day} {rest}"


def shown(text: str) -> str:
    """Return a text of an object, quoted where it is empty, has spaces or does not print."""
    plain = text.isprintable() and not any(character.isspace() for character in text)
    return text if text and plain else quote(text)


def kubectl(key: Key, command: str, *words: str) -> str:
    """Return a command for the namespace of a Lease, its words quoted for a shell."""
    arguments = [*(["-n", key.namespace] if key.namespace else []), *command.split(), *words]
    # No name in a cluster has characters that do not print; in a file, anything may stand.
    printable = (word if word.isprintable() else quote(word) for word in arguments)
    return shlex.join(["kubectl", *printable])


MOST_LISTED: Final = 3


def listed(names: list[str], number: int = 0) -> str:
    """Return `a, b and c`, or the first MOST_LISTED names and how many more there are.

    `number` is that of all names, where only the first of them are given.
    """
    number = number or len(names)
    if number > MOST_LISTED:
        names = [*names[:MOST_LISTED], f"{number - MOST_LISTED} more"]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))


def either(names: list[str]) -> str:
    """Return `a`, or `a or b (by chance)` where chance decides between several."""
    return names[0] if len(names) == 1 else f"{' or '.join(names[:3])} (by chance)"


def coordinated(key: Key) -> str:
    """Return how a process of this Lease is made to take part in coordinated elections."""
    if key.namespace == "kube-system" and key.name in _KUBERNETES:
        return "with --feature-gates=CoordinatedLeaderElection=true"
    return "with coordinated leader election (client-go: LeaderElectionConfig.Coordinated)"
