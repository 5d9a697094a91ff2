"""How the certificates that leasegate manages itself are rotated: one pure function decides.

The Secret holds CAs. Every replica makes its own key and signs its own leaf; none needs to know of
another. Each does the same again and again: read the caBundles, then the Secret; ask `plan`; sign;
write the Secret by compare-and-swap, or publish what it holds.

A CA is added, published, and marked as propagated once it was seen in every caBundle for so long
that every kube-apiserver has it. Only then it signs, the key before it goes, and the CA before it
is dropped when the last leaf that it can have signed has ended. So whoever starts, at any moment,
finds a CA that may sign.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.pki.rotation_state import Add, Authority, Drop, Leaf, Mark, Retire, applied, signer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from app.pki.lifetimes import Lifetimes
    from app.pki.rotation_state import Change, State, View

UNKNOWN_LEAF: Final = 30 * 86_400.0
"""Seconds that leaves of a CA live of which the Secret does not say it."""
_MOST_AUTHORITIES: Final = 20
"""A system's whole store in a caBundle is not ours to carry along."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now: sign a leaf by this CA; then change the Secret, or else publish its CAs.

    With `add` a new CA is made and added as the last change.
    """

    sign: str | None
    changes: tuple[Change, ...]
    add: bool
    publish: bool


def plan(state: State, view: View, now: float, lifetimes: Lifetimes) -> Plan:
    """Decide what a replica does next. Nothing is ever made worse by doing it twice or late.

    `now` is after everything was read.
    """
    if _is_stale(view, now, lifetimes):
        return Plan(None, (), add=False, publish=False)
    changes: list[Change] = []
    after = state
    for rule in (_retire, _take_up, _clear, _mark, _drop):
        for change in rule(after, view, now, lifetimes):
            changes.append(change)
            after = applied(after, change)
    add = _needs_authority(after, now, lifetimes)
    wanted = {one.fingerprint for one in state.authorities}
    differs = bool(wanted) and any(set(bundle) != wanted for bundle in view.published)
    return Plan(_sign(state, view, now), tuple(changes), add, not (changes or add) and differs)


def problem(state: State, view: View, now: float, lifetimes: Lifetimes) -> str | None:
    """Return why this replica must get no requests now, or None where it may."""
    leaf = view.leaf
    if leaf is None:
        if any(one.has_key and not one.is_propagated for one in state.authorities):
            return "waiting until every kube-apiserver has the new caBundle"
        return "there is no certificate to serve yet"
    if now + lifetimes.clock_margin >= leaf.not_after:
        return "the certificate has expired"
    # An empty caBundle was just made or reset, and will be filled; to be unready meanwhile would
    # let the other webhook fail too.
    if not any(view.published) or not view.everywhere(leaf.issuer):
        return "the caBundle of a webhook does not verify the served certificate"
    return None


def _is_stale(view: View, now: float, lifetimes: Lifetimes) -> bool:
    """Whether reading took so long that the caBundles, which were read first, tell nothing more."""
    return now - view.begin > lifetimes.propagation


def _sign(state: State, view: View, now: float) -> str | None:
    """Sign with the CA that may, where there is no leaf, a newer CA, or two thirds are over."""
    able = signer(state)
    if able is None or not view.everywhere(able.fingerprint) or now >= able.not_after:
        return None
    leaf = view.leaf
    is_needed = (
        leaf is None
        or now >= leaf.renew_at
        or state.position(leaf.issuer) < state.position(able.fingerprint)
        or not view.everywhere(leaf.issuer)
    )
    return able.fingerprint if is_needed else None


def _retire(state: State, _view: View, now: float, _lifetimes: Lifetimes) -> Iterator[Change]:
    """Write down of what was read without its key that nobody who reads from now on can sign by it.

    That is a change of its own: whoever wrote that the key goes can have been held up before. Of a
    revoked CA it waits until replicas can sign by another one.
    """
    for index, one in enumerate(state.authorities):
        can_be_replaced = any(newer.is_propagated for newer in state.authorities[index + 1 :])
        if not one.has_key and one.retired_at is None and (can_be_replaced or not one.is_revoked):
            yield Retire(one.fingerprint, now)


def _take_up(state: State, view: View, now: float, lifetimes: Lifetimes) -> Iterator[Change]:
    """Take up what is published and not in the Secret: it was lost or old, or somebody else's."""
    known = {one.fingerprint for one in state.authorities} | set(state.dropped)
    unknown = {
        fingerprint: end
        for bundle in view.published
        for fingerprint, end in bundle.items()
        if fingerprint not in known and now < end
    }
    room = max(_MOST_AUTHORITIES - len(state.authorities), 0)
    leaf = max(UNKNOWN_LEAF, lifetimes.leaf)
    for fingerprint, end in list(unknown.items())[::-1][:room]:
        yield Add(Authority(fingerprint, end, leaf, retired_at=now))


def _clear(state: State, view: View, _now: float, _lifetimes: Lifetimes) -> Iterator[Change]:
    """Let a CA that somebody took out of a caBundle be propagated again before it signs."""
    for one in state.authorities:
        if one.has_key and one.is_propagated and not view.everywhere(one.fingerprint):
            yield Mark(one.fingerprint, is_propagated=False)


def _mark(state: State, view: View, now: float, lifetimes: Lifetimes) -> Iterator[Change]:
    """Let a CA sign that every kube-apiserver has; for the only one there is, nobody waits."""
    if not any(view.published):
        return
    for one in state.authorities:
        if not one.has_key or one.is_propagated or not view.everywhere(one.fingerprint):
            continue
        published = now if one.published_at is None else one.published_at
        seen = max(view.seen.get(one.fingerprint, 0.0), now - published)
        if seen >= lifetimes.propagation or len(state.authorities) == 1:
            yield Mark(one.fingerprint, is_propagated=True)


def _drop(state: State, _view: View, now: float, lifetimes: Lifetimes) -> Iterator[Change]:
    """Drop the CAs of which no leaf lives any more; what has expired verifies nothing anyway."""
    if _is_shared(state, now):
        return
    gone = [one for one in state.authorities[:-1] if now >= drop_time(one, lifetimes)]
    if gone:
        yield Drop(frozenset(one.fingerprint for one in gone))


def drop_time(authority: Authority, lifetimes: Lifetimes) -> float:
    """Return when a CA is dropped, as things stand.

    A leaf's life counts from before the Secret was read that still had the key, so the last one has
    ended so long after the CA retired. A revoked CA stays for as long as every replica needs to
    sign anew.
    """
    if authority.retired_at is None:
        return authority.not_after
    left = lifetimes.propagation if authority.is_revoked else authority.leaf
    return min(authority.not_after, authority.retired_at + left + lifetimes.clock_margin)


def _needs_authority(state: State, now: float, lifetimes: Lifetimes) -> bool:
    newest = state.newest
    if newest is None or not newest.has_key:
        return True
    if _is_shared(state, now):
        return False
    return now >= add_time(newest, lifetimes) or state.unwanted == newest.fingerprint


def add_time(newest: Authority, lifetimes: Lifetimes) -> float:
    """Return when a CA must have a successor: a leaf and the look-ahead before its end."""
    return newest.not_after - newest.leaf - lifetimes.look_ahead


def _is_shared(state: State, now: float) -> bool:
    """Whether a replica of the previous version may run, which counts on the CAs that it knows."""
    return now < state.previous_until


@dataclass(frozen=True, slots=True)
class Instant:
    """A time on the API server's clock, and on one of this process that never jumps."""

    now: float
    monotonic: float


@dataclass(frozen=True, slots=True)
class Sightings:
    """Since when one process has seen CAs in every caBundle that is not empty.

    `revisions` are those of the webhook configurations: where one changes, the count begins anew,
    since a caBundle that was replaced and mended between two looks is not seen.
    """

    revisions: tuple[str, ...] = ()
    first: Mapping[str, Instant] = field(default_factory=dict)

    def after(
        self, published: Iterable[Iterable[str]], revisions: tuple[str, ...], at: Instant
    ) -> Sightings:
        """Return what holds after one more look."""
        filled = [set(bundle) for bundle in published if bundle]
        everywhere = set.intersection(*filled) if filled else set()
        before = self.first if revisions == self.revisions else {}
        first = {name: before.get(name, at) for name in everywhere}
        # A clock that was set back would count for ever.
        first = {name: at if one.now > at.now else one for name, one in first.items()}
        return Sightings(revisions, first)

    def seconds(self, at: Instant) -> dict[str, float]:
        """Return for how many seconds, by both clocks."""
        return {
            name: min(at.now - one.now, at.monotonic - one.monotonic)
            for name, one in self.first.items()
        }


def leaf_terms(issuer: str, begin: float, end: float) -> Leaf:
    """Return the terms of a leaf that is signed at `begin`: it is renewed at two thirds."""
    return Leaf(issuer, end, begin + (end - begin) * 2 / 3)
