"""The state of a rotation, the changes of it, and the reducer that applies them.

Plain values without keys and certificates, for the program and for its simulation. Times are
seconds since 1970 on the API server's clock. CAs are identified by their fingerprints.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA that the Secret holds; `has_key` where its key is there too.

    `leaf` is the longest lifetime of the leaves that it signs, in seconds. It may sign once it
    `is_propagated`: every kube-apiserver is known to trust it. `retired_at` is a time at which its
    key was known to be gone. `published_at` is when the previous version of leasegate found it in
    every caBundle, None where that version did not record it.
    """

    fingerprint: str
    not_after: float
    leaf: float
    has_key: bool = False
    is_propagated: bool = False
    retired_at: float | None = None
    published_at: float | None = None
    is_revoked: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What the Secret holds; the newest CA stands last.

    `dropped` are CAs that must not be taken up again from a caBundle that was read before.
    `unwanted` is the CA that a person asked to replace. Until `previous_until`, a replica of the
    previous version of leasegate, which relies on the present CAs, may serve a leaf.
    """

    authorities: tuple[Authority, ...] = ()
    dropped: tuple[str, ...] = ()
    unwanted: str = ""
    previous_until: float = 0.0

    @property
    def newest(self) -> Authority | None:
        """The CA that signs, or is about to."""
        return self.authorities[-1] if self.authorities else None

    def position(self, fingerprint: str) -> int:
        """Return how many CAs are older; -1 for one that is not there."""
        names = [one.fingerprint for one in self.authorities]
        return names.index(fingerprint) if fingerprint in names else -1


@dataclass(frozen=True, slots=True)
class Leaf:
    """A serving certificate: the CA that signed it, its end, and when it should be renewed."""

    issuer: str
    not_after: float
    renew_at: float


@dataclass(frozen=True, slots=True)
class View:
    """What one replica sees besides the Secret, of which it began to read at the time `begin`.

    `published` are the CAs in the caBundle of each webhook, with their ends. `seen` says for how
    many seconds this process has seen a CA in every caBundle that is not empty. `leaf` is what it
    serves.
    """

    begin: float = 0.0
    published: tuple[Mapping[str, float], ...] = ()
    seen: Mapping[str, float] = field(default_factory=dict)
    leaf: Leaf | None = None

    def everywhere(self, fingerprint: str) -> bool:
        """Whether the CA is in every caBundle that is not empty: an empty one verifies nothing."""
        return all(fingerprint in bundle for bundle in self.published if bundle)


@dataclass(frozen=True, slots=True)
class Add:
    """Add a CA to the Secret: a new one with its key, or a published one without."""

    authority: Authority


@dataclass(frozen=True, slots=True)
class Mark:
    """Record that every kube-apiserver trusts this CA, so that it may sign; or revoke that."""

    fingerprint: str
    is_propagated: bool


@dataclass(frozen=True, slots=True)
class Retire:
    """Record that the key of this CA was gone at this time, so that no later leaf is signed."""

    fingerprint: str
    at: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove these CAs, which are not trusted any more."""

    fingerprints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for the replacement of the newest CA; with `revoke`, drop all present CAs early.

    Only people ask; replicas never do.
    """

    revoke: bool = False


Change = Add | Mark | Retire | Drop | Ask


def applied(state: State, change: Change) -> State:
    """Return the state after the change."""
    authorities = state.authorities
    match change:
        case Add(added):
            joined = (*authorities, added) if added.has_key else (added, *authorities)
            return _without_spent_keys(replace(state, authorities=joined))
        case Mark(fingerprint, is_propagated):
            marked = _each(state, {fingerprint}, is_propagated=is_propagated, published_at=None)
            return _without_spent_keys(marked)
        case Retire(fingerprint, at):
            return _each(state, {fingerprint}, retired_at=at)
        case Drop(fingerprints):
            left = tuple(one for one in authorities if one.fingerprint not in fingerprints)
            gone = tuple(sorted(fingerprints - set(state.dropped)))
            return replace(state, authorities=left, dropped=(*state.dropped, *gone))
        case Ask(revoke):
            newest = authorities[-1].fingerprint if authorities else ""
            asked = replace(state, unwanted=newest)
            known = {one.fingerprint for one in authorities}
            # They retire again, once there is another CA to sign with.
            return _each(asked, known, is_revoked=True, retired_at=None) if revoke else asked


def shortened(fingerprint: str) -> str:
    """Return the beginning of a fingerprint, as the log and messages show it."""
    return fingerprint[:12]


def signer(state: State) -> Authority | None:
    """Return the newest CA that may sign: its key is there, and every kube-apiserver trusts it."""
    able = [one for one in state.authorities if one.has_key and one.is_propagated]
    return able[-1] if able else None


def _each(state: State, fingerprints: set[str], **values: object) -> State:
    authorities = tuple(
        replace(one, **values) if one.fingerprint in fingerprints else one  # type: ignore[arg-type]
        for one in state.authorities
    )
    return replace(state, authorities=authorities)


def _without_spent_keys(state: State) -> State:
    """Keep the key of the newest CA and, until that CA signs, the key of the one that does."""
    *older, newest = state.authorities
    signing = signer(state) or next((one for one in reversed(older) if one.has_key), newest)
    spent = {one.fingerprint for one in state.authorities if one not in (newest, signing)}
    return _each(state, spent, has_key=False)
