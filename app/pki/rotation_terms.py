"""The terms in which rotation is decided: what there is, what a replica sees, what it may change.

Plain values without keys or certificates. Times are seconds since 1970 on the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA. `published_at`: when it was first read back from every webhook configuration.

    `is_first`: no bundle was published before it, so that no kube-apiserver has another one.
    `keep_until`: replicas of which the Secret knows nothing may serve its leaves until then.
    """

    fingerprint: str
    not_after: float
    published_at: float | None = None
    is_first: bool = False
    keep_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A serving certificate, and the fingerprint of the CA that issued it."""

    fingerprint: str
    issuer: str
    not_after: float

    def is_valid(self, now: float) -> bool:
        """Whether a client whose clock says `now` accepts it."""
        return now < self.not_after


@dataclass(frozen=True, slots=True)
class State:
    """What the Secret holds. The newest authority stands last; `can_issue` where its key is there.

    `replicas` are the leaves that each replica serves, or is about to serve.
    `dropped` are fingerprints that must not come back from a bundle that was read before. `early`
    is the fingerprint of a leaf that had to be issued before its CA had reached every
    kube-apiserver. `unwanted` is the fingerprint of a CA that a person wants replaced before its
    time.
    """

    authorities: tuple[Authority, ...] = ()
    can_issue: bool = False
    leaf: Leaf | None = None
    replicas: Mapping[str, tuple[Leaf, ...]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    early: str = ""
    unwanted: str = ""

    @property
    def newest(self) -> Authority | None:
        """The authority that issues leaves."""
        return self.authorities[-1] if self.authorities else None

    def authority(self, fingerprint: str) -> Authority | None:
        """Return the authority with this fingerprint."""
        return next((one for one in self.authorities if one.fingerprint == fingerprint), None)


@dataclass(frozen=True, slots=True)
class View:
    """What one replica sees at `now`.

    `published` are the authorities in the bundle of each webhook configuration, by fingerprint.
    `seen_published` says for how many seconds, on a clock that never jumps, this process has seen
    an authority in every bundle. `serving` is the leaf that it serves, and `was_early` whether the
    CA of that one had not reached every kube-apiserver yet, as far as this replica knew before.
    """

    replica: str
    now: float
    state: State
    published: tuple[Mapping[str, Authority], ...]
    seen_published: Mapping[str, float]
    serving: Leaf | None
    was_early: bool = False


@dataclass(frozen=True, slots=True)
class RestoreAuthorities:
    """Take up CAs that are published or served, but not in the Secret: it was lost or old."""

    authorities: tuple[Authority, ...]


@dataclass(frozen=True, slots=True)
class RestoreLeaf:
    """Put the leaf that is served back into the Secret, and whether it is early."""

    leaf: Leaf
    is_early: bool = False


@dataclass(frozen=True, slots=True)
class AddAuthority:
    """Make a CA and let it be the newest; the key of the one before it goes."""

    is_first: bool


@dataclass(frozen=True, slots=True)
class RecordPublished:
    """Write down that these authorities are in every bundle since now."""

    fingerprints: frozenset[str]


@dataclass(frozen=True, slots=True)
class IssueLeaf:
    """Let the newest CA issue the leaf that all replicas shall serve."""

    is_early: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmLeaf:
    """Write down that the CA of an early leaf has reached every kube-apiserver by now."""


@dataclass(frozen=True, slots=True)
class Register:
    """Write down what this replica serves, and what it will serve next."""

    replica: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove registrations whose leaf nobody accepts any more."""

    replicas: frozenset[str]


@dataclass(frozen=True, slots=True)
class DropAuthorities:
    """Trust these CAs no more."""

    fingerprints: frozenset[str]


Change = (
    RestoreAuthorities
    | RestoreLeaf
    | AddAuthority
    | RecordPublished
    | IssueLeaf
    | ConfirmLeaf
    | Register
    | Forget
    | DropAuthorities
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now.

    `changes` to the Secret, all in one write; only where there are none, the `bundle` to publish
    (fingerprints; None where it is published already); the leaf to `adopt`.
    """

    changes: tuple[Change, ...] = ()
    bundle: tuple[str, ...] | None = None
    adopt: Leaf | None = None
