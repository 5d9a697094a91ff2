"""Who has to go when a port has as many connections as it may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

NEW_SECONDS: Final = 0.25
"""So old is a connection that had time for its TLS handshake and its first request."""


class Connection(Protocol):
    """What counts when one connection is weighed against another.

    `answered` is whether it ever had a request that was answered; `since` is the time at which
    that was, or at which it was accepted.
    """

    answered: bool
    since: float

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""


Candidate = TypeVar("Candidate", bound=Connection)


def choose_victim(
    connections: Iterable[Candidate], now: float, in_use_seconds: float
) -> Candidate | None:
    """Return the connection that can best be spared, or None where every one is needed.

    First the oldest of those that never asked for anything whole: slow and silent clients. Then
    the one that has been idle for longest, if that is more than `in_use_seconds`. kube-apiserver
    takes from its pool what it used last, so that is the one which it is least likely to miss.
    """
    spare = [
        connection
        for connection in connections
        if (
            connection.idle and now - connection.since >= in_use_seconds
            if connection.answered
            else now - connection.since >= NEW_SECONDS
        )
    ]
    return min(spare, key=lambda connection: (connection.answered, connection.since), default=None)
