"""How the certificates that leasegate manages itself are rotated: one pure function decides.

The Secret holds CAs. Every replica makes its own key and signs its own leaf; none needs to know of
another. Each does the same again and again: read the caBundles, then the Secret; ask `plan`; sign;
write the Secret by compare-and-swap, or publish what it holds.

A CA is added, published, and marked as propagated once it has been in every caBundle for long
enough to have reached every kube-apiserver. From then on it signs, and the key of its predecessor
is removed. The predecessor itself is dropped when the last leaf that it can have signed has
expired. So a replica that starts finds a CA that may sign at any moment.
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
"""The lifetime, in seconds, that is assumed for leaves of a CA if the Secret does not state it."""
_MOST_AUTHORITIES: Final = 20
"""With more in a caBundle, such as a system's whole trust store, not all are taken up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one replica does now.

    First it signs a leaf by the CA `sign`, if there is one. Then it applies `changes` to the
    Secret, and with `add` makes and adds a new CA. With `publish` it writes the Secret's CAs to the
    caBundles instead.
    """

    sign: str | None
    changes: tuple[Change, ...]
    add: bool
    publish: bool


def plan(state: State, view: View, now: float, lifetimes: Lifetimes) -> Plan:
    """Decide what a replica does next; a plan does no harm if it is carried out twice, or late.

    `now` is a time after everything was read.
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
    """Return why this replica cannot serve kube-apiserver now, None where it can."""
    leaf = view.leaf
    if leaf is None:
        if any(one.has_key and not one.is_propagated for one in state.authorities):
            return "waiting until every kube-apiserver has the new caBundle"
        return "there is no certificate to serve yet"
    if now + lifetimes.clock_margin >= leaf.not_after:
        return "the certificate has expired"
    # An empty caBundle is new or was reset, and will be filled soon. If the replica became unready
    # until then, the other webhook would fail too.
    if not any(view.published) or not view.everywhere(leaf.issuer):
        return "the caBundle of a webhook does not verify the served certificate"
    return None


def _is_stale(view: View, now: float, lifetimes: Lifetimes) -> bool:
    """Whether reading took so long that the caBundles, which were read first, are out of date."""
    return now - view.begin > lifetimes.propagation


def _sign(state: State, view: View, now: float) -> str | None:
    """Return the CA to sign a new leaf with, None where none may sign or no new leaf is needed.

    One is needed where there is none, where it is due for renewal, where a newer CA signs, and
    where a caBundle has lost its CA.
    """
    issuer = signer(state)
    if issuer is None or not view.everywhere(issuer.fingerprint) or now >= issuer.not_after:
        return None
    leaf = view.leaf
    is_needed = (
        leaf is None
        or now >= leaf.renew_at
        or state.position(leaf.issuer) < state.position(issuer.fingerprint)
        or not view.everywhere(leaf.issuer)
    )
    return issuer.fingerprint if is_needed else None


def _retire(state: State, _view: View, now: float, _lifetimes: Lifetimes) -> Iterator[Change]:
    """Record the time at which the Secret was read without the key of a CA.

    No replica that reads the Secret later can sign with that CA. The removal of the key does not
    record the time itself, since its writer may have been delayed before the write. A revoked CA
    is retired only when replicas can sign with another one.
    """
    for index, one in enumerate(state.authorities):
        can_be_replaced = any(newer.is_propagated for newer in state.authorities[index + 1 :])
        if not one.has_key and one.retired_at is None and (can_be_replaced or not one.is_revoked):
            yield Retire(one.fingerprint, now)


def _take_up(state: State, view: View, now: float, lifetimes: Lifetimes) -> Iterator[Change]:
    """Add published CAs that the Secret lacks: it was lost or restored, or they are foreign."""
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
    """Require a CA that was removed from a caBundle to be propagated again before it signs."""
    for one in state.authorities:
        if one.has_key and one.is_propagated and not view.everywhere(one.fingerprint):
            yield Mark(one.fingerprint, is_propagated=False)


def _mark(state: State, view: View, now: float, lifetimes: Lifetimes) -> Iterator[Change]:
    """Mark the CAs that have reached every kube-apiserver; the only CA there is need not wait."""
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
    """Drop the CAs whose leaves have all expired, and those that have expired themselves."""
    if _is_shared(state, now):
        return
    gone = [one for one in state.authorities[:-1] if now >= drop_time(one, lifetimes)]
    if gone:
        yield Drop(frozenset(one.fingerprint for one in gone))


def drop_time(authority: Authority, lifetimes: Lifetimes) -> float:
    """Return when a CA is dropped, if nothing changes.

    A leaf's lifetime counts from a moment before its replica read the key in the Secret, so every
    leaf of a CA has expired one lifetime after the CA retired. A revoked CA stays only until every
    replica has had the time to sign with another one.
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
    """Whether a replica of the previous version may run, which relies on the CAs that it knows."""
    return now < state.previous_until


@dataclass(frozen=True, slots=True)
class Instant:
    """A time on the API server's clock, and on one of this process that never jumps."""

    now: float
    monotonic: float


@dataclass(frozen=True, slots=True)
class Sightings:
    """Since when one process has seen CAs in every caBundle that is not empty.

    `revisions` are those of the webhook configurations. Where one changes, the count begins again:
    between two reads a caBundle may have been replaced and restored.
    """

    revisions: tuple[str, ...] = ()
    first: Mapping[str, Instant] = field(default_factory=dict)

    def after(
        self, published: Iterable[Iterable[str]], revisions: tuple[str, ...], at: Instant
    ) -> Sightings:
        """Return the sightings after one more read."""
        filled = [set(bundle) for bundle in published if bundle]
        everywhere = set.intersection(*filled) if filled else set()
        before = self.first if revisions == self.revisions else {}
        first = {name: before.get(name, at) for name in everywhere}
        # After the clock was set back, an old sighting would lie in the future: it begins again.
        first = {name: at if one.now > at.now else one for name, one in first.items()}
        return Sightings(revisions, first)

    def seconds(self, at: Instant) -> dict[str, float]:
        """Return for how many seconds each CA has been seen, by the clock that says less."""
        return {
            name: min(at.now - one.now, at.monotonic - one.monotonic)
            for name, one in self.first.items()
        }


def leaf_terms(issuer: str, begin: float, end: float) -> Leaf:
    """Return the terms of a leaf that is signed at `begin`; it is renewed at two thirds."""
    return Leaf(issuer, end, begin + (end - begin) * 2 / 3)
