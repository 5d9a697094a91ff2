"""What happens next to self-managed certificates, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.pki.lifetimes import Lifetimes
    from app.pki.rotation_terms import Authority, Leaf, State


@dataclass(frozen=True, slots=True)
class Outlook:
    """The next step: `phase` is one of a few words, `at` its time where that is known."""

    phase: str
    step: str
    at: float | None = None

    @property
    def sentence(self) -> str:
        """The step and its time in one line."""
        if self.at is None:
            return self.step
        return f"{self.step} at {datetime.fromtimestamp(self.at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def outlook(state: State, now: float, lifetimes: Lifetimes) -> Outlook:
    """Tell the next step from what the Secret holds at `now`."""
    newest, leaf = state.newest, state.leaf
    if newest is None or leaf is None:
        return Outlook("empty", "a CA and a leaf are made as soon as a replica runs")
    if newest.published_at is None:
        return Outlook("publish", "the newest CA goes into every caBundle")
    if leaf.issuer != newest.fingerprint:
        ready = newest.published_at + lifetimes.propagation
        return Outlook("wait", "the newest CA issues the leaf", max(ready, now))
    if len(state.authorities) > 1:
        return _dropping(state, newest, now)
    if state.unwanted == newest.fingerprint:
        return Outlook("steady", "a new CA is made, since somebody asked for it")
    return _steady(newest, leaf, now, lifetimes)


def _steady(newest: Authority, leaf: Leaf, now: float, lifetimes: Lifetimes) -> Outlook:
    renewal = leaf.not_after - lifetimes.look_ahead
    rotation = newest.not_after - lifetimes.leaf - lifetimes.look_ahead
    if rotation <= renewal:
        return Outlook("steady", "a new CA is made", max(rotation, now))
    return Outlook("steady", "the leaf is renewed", max(renewal, now))


def _dropping(state: State, newest: Authority, now: float) -> Outlook:
    behind = sorted(
        name
        for name, leaves in state.replicas.items()
        if any(leaf.issuer != newest.fingerprint and leaf.is_valid(now) for leaf in leaves)
    )
    if behind:
        return Outlook("switch", f"replicas switch to the new leaf: {', '.join(behind[:5])}")
    kept = max(one.keep_until for one in state.authorities[:-1])
    if kept > now:
        return Outlook(
            "drop", "old CAs, which somebody may still serve leaves of, are dropped", kept
        )
    return Outlook("drop", "old CAs are dropped")
