"""Which reviews every peer is sent, and how: what kube-apiserver asks about first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bench.load import Load
from bench.review import changes, creates, heartbeats


class MakeReviews(Protocol):
    """Returns the bodies of `count` reviews, others from each `start`."""

    def __call__(self, count: int, *, start: int = 0) -> list[bytes]:
        """Return them."""


@dataclass(frozen=True)
class Task:
    """Which reviews are sent, and how. `binding` is one whose cost is limited."""

    kind: str
    make: MakeReviews
    load: Load
    binding: bool = True

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.kind}, {self.load.name}"


_ONE, _EIGHT, _STEADY = Load("1 connection", 1), Load("8 connections", 8), Load("500/s", 8, 500)
TASKS = (
    Task("creates", creates, _ONE),
    Task("creates", creates, _EIGHT),
    Task("creates", creates, _STEADY, binding=False),
    Task("changes", changes, _ONE),
    Task("changes", changes, _EIGHT),
    Task("heartbeats", heartbeats, _ONE, binding=False),
    Task("heartbeats", heartbeats, _EIGHT, binding=False),
)
