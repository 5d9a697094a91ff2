"""What happens next to self-managed certificates, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.pki.rotation import add_time, drop_time

if TYPE_CHECKING:
    from app.pki.lifetimes import Lifetimes
    from app.pki.rotation_state import Leaf, State


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next, and its time where that is known."""

    what: str
    at: float | None = None

    @property
    def sentence(self) -> str:
        """Both in one line."""
        if self.at is None:
            return self.what
        return f"{self.what} at {datetime.fromtimestamp(self.at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def next_step(state: State, leaf: Leaf | None, now: float, lifetimes: Lifetimes) -> NextStep:
    """Return the next step, given the content of the Secret at `now` and the leaf, if known."""
    newest = state.newest
    if newest is None or not newest.has_key:
        return NextStep("a CA is made as soon as a replica runs")
    if not newest.is_propagated:
        seconds = f"{lifetimes.propagation:g} s"
        return NextStep(f"the newest CA signs once it has been in every caBundle for {seconds}")
    if now < state.previous_until:
        return NextStep(
            "CAs change again when replicas of the previous version are gone, at the latest",
            state.previous_until,
        )
    if state.unwanted == newest.fingerprint:
        return NextStep("a new CA is made, since somebody asked for it")
    coming = [NextStep("a new CA is made", max(add_time(newest, lifetimes), now))]
    coming += [
        NextStep("an old CA is dropped", max(drop_time(one, lifetimes), now))
        for one in state.authorities[:-1]
    ]
    if leaf is not None:
        coming.append(NextStep("the leaf is renewed", max(leaf.renew_at, now)))
    return min(coming, key=lambda one: one.at or 0.0)
