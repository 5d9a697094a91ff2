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
class Outlook:
    """The next step, and its time where that is known."""

    step: str
    at: float | None = None

    @property
    def sentence(self) -> str:
        """The step and its time in one line."""
        if self.at is None:
            return self.step
        return f"{self.step} at {datetime.fromtimestamp(self.at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def outlook(state: State, leaf: Leaf | None, now: float, lifetimes: Lifetimes) -> Outlook:
    """Tell the next step from what the Secret holds at `now`, and from the leaf if one is known."""
    newest = state.newest
    if newest is None or not newest.has_key:
        return Outlook("a CA is made as soon as a replica runs")
    if not newest.is_propagated:
        seconds = f"{lifetimes.propagation:g} s"
        return Outlook(f"the newest CA signs once it has been in every caBundle for {seconds}")
    if now < state.previous_until:
        return Outlook(
            "CAs change again when replicas of the previous version are gone, at the latest",
            state.previous_until,
        )
    if state.unwanted == newest.fingerprint:
        return Outlook("a new CA is made, since somebody asked for it")
    coming = [Outlook("a new CA is made", max(add_time(newest, lifetimes), now))]
    coming += [
        Outlook("an old CA is dropped", max(drop_time(one, lifetimes), now))
        for one in state.authorities[:-1]
    ]
    if leaf is not None:
        coming.append(Outlook("the leaf is renewed", max(leaf.renew_at, now)))
    return min(coming, key=lambda one: one.at or 0.0)
