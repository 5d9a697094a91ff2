"""Who has to go when a server has as many connections as it may have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

NEW_SECONDS: Final = 0.25
"""A connection that is younger may still be in its TLS handshake, or send its first request."""


class Occupant(Protocol):
    """A connection. `since` is the time of its last answer, or at which it was accepted."""

    address: str
    since: float

    @property
    def busy(self) -> bool:
        """Whether a whole request waits for its answer."""


Place = TypeVar("Place", bound=Occupant)


class Places(Generic[Place]):
    """The connections that have a place: those that never had a decision, and those that had one.

    Connections have no bound for each address: all kube-apiservers may have the same one, and
    HTTP/1.1 takes a connection for each review at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # In the order in which they were accepted, and of their last decision.
        self._undecided: dict[Place, None] = {}
        self._decided: dict[Place, None] = {}

    def __len__(self) -> int:
        return len(self._undecided) + len(self._decided)

    @property
    def full(self) -> bool:
        """Whether somebody has to go before another one may come."""
        return len(self) >= self._limit

    def add(self, connection: Place) -> None:
        """Give a new connection a place."""
        self._undecided[connection] = None

    def keep(self, connection: Place) -> None:
        """Record that a connection which has a place had a decision just now."""
        if connection in self._decided or connection in self._undecided:
            self.remove(connection)
            self._decided[connection] = None

    def remove(self, connection: Place) -> None:
        """Take its place away."""
        self._decided.pop(connection, None)
        self._undecided.pop(connection, None)

    def least_needed(self, now: float) -> Place | None:
        """Return the connection that can best be spared, or None where every one is needed.

        First one that never had a decision: slow and silent clients, and those that ask for what
        is not there. A new one still has some time, unless such connections have half of all
        places. Then one that had a decision, but not just now: kube-apiserver takes from its pool
        what it used last, and repeats what it sends on a connection that ends like this.
        Among these, the address that has most of them loses its oldest.
        """
        old = [place for place in self._undecided if now - place.since >= NEW_SECONDS]
        if old:
            return _oldest_of_most_frequent(old)
        if 2 * len(self._undecided) >= self._limit:
            return _oldest_of_most_frequent(self._undecided)
        return _oldest_of_most_frequent(
            [
                place
                for place in self._decided
                if not place.busy and now - place.since >= NEW_SECONDS
            ]
        )


def _oldest_of_most_frequent(connections: Iterable[Place]) -> Place | None:
    connections = list(connections)
    numbers = Counter(connection.address for connection in connections)
    most = max(numbers.values(), default=0)
    return next((place for place in connections if numbers[place.address] == most), None)
