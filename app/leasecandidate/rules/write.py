"""What a rule looks at: one write of a candidate, and everything that it may know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from app.leasecandidate.rules.settings import DEFAULT_SETTINGS, RuleSettings

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.leasecandidate.microtime import MicroTime
    from app.leasecandidate.spec import LeaseCandidate

SERVER_USERNAME: Final = "system:apiserver"
"""The user as which kube-apiserver writes pings (apiserver loopback client)."""


WriteOperation = Literal["CREATE", "UPDATE"]
"""The operations that write a candidate; no rule looks at any other."""

CREATES: Final = ("CREATE",)
UPDATES: Final = ("UPDATE",)
WRITES: Final = ("CREATE", "UPDATE")


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another candidate of the same namespace and leaseName, as far as rules look at it.

    `count` says how many such candidates there are, where several look the same.
    """

    binary_version: str
    strategy: str
    renew_time: MicroTime | None
    count: int = 1


class Requester(NamedTuple):
    """Who writes."""

    username: str = ""
    groups: Collection[str] = ()


class Write(NamedTuple):
    """One write: what shall be stored, what is stored now (None on CREATE), when and by whom.

    `now` is None where there is no clock to compare with, `siblings` where they are not known; of
    those that are `confidential`, nothing may be said but that there is a conflict.

    A tuple, since each review makes one, and a frozen dataclass takes four times as long.
    """

    candidate: LeaseCandidate
    old: LeaseCandidate | None = None
    requester: Requester = Requester()
    now: MicroTime | None = None
    siblings: tuple[Sibling, ...] | None = None
    confidential: bool = False
    settings: RuleSettings = DEFAULT_SETTINGS

    @property
    def operation(self) -> WriteOperation:
        """CREATE where nothing is stored yet, else UPDATE."""
        return "CREATE" if self.old is None else "UPDATE"
