"""A model of a cluster in which replicas rotate their certificates by `plan`.

Replicas, kube-apiservers and the stored objects are plain values; what a real cluster does to them
(delays, restarts, lost objects, clocks that jump) is drawn from a seeded generator.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.pki.rotation import may_be_ready, plan
from app.pki.rotation_terms import (
    AddAuthority,
    Authority,
    Change,
    ConfirmLeaf,
    DropAuthorities,
    Forget,
    IssueLeaf,
    Leaf,
    RecordPublished,
    Register,
    RestoreAuthorities,
    RestoreLeaf,
    State,
    View,
)

if TYPE_CHECKING:
    from random import Random

    from app.pki.lifetimes import Lifetimes

Bundle = dict[str, Authority]
CONFIGURATIONS = 2


@dataclass
class Replica:
    """One process: its clock (`offset` to the true one), what it serves and has seen published."""

    name: str
    offset: float = 0.0
    serving: Leaf | None = None
    first_seen: dict[str, float] = field(default_factory=dict)
    view: View | None = None
    cut_off_until: float = 0.0


@dataclass
class Cluster:
    """The Secret, the bundles of both configurations, and who reads them.

    `monotonic` is the true time; the wall clock of a replica is that plus its offset.
    """

    random: Random
    lifetimes: Lifetimes
    replicas: list[Replica] = field(default_factory=list)
    monotonic: float = 1_000_000.0
    state: State = field(default_factory=State)
    bundles: list[Bundle] = field(default_factory=lambda: [{} for _ in range(CONFIGURATIONS)])
    history: list[list[tuple[float, Bundle]]] = field(default_factory=list)
    made: int = 0
    rotations: int = 0

    def __post_init__(self) -> None:
        self.history = [[(self.monotonic, {})] for _ in range(CONFIGURATIONS)]

    def fresh_name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}-{self.made}"

    def view_of(self, one: Replica) -> View:
        """Read both configurations, then the Secret."""
        published = tuple(dict(bundle) for bundle in self.bundles)
        for fingerprint in list(one.first_seen):
            if not all(fingerprint in found for found in published):
                del one.first_seen[fingerprint]
        for fingerprint in set.intersection(*(set(found) for found in published)):
            one.first_seen.setdefault(fingerprint, self.monotonic)
        seen = {name: self.monotonic - since for name, since in one.first_seen.items()}
        return View(one.name, self.monotonic + one.offset, self.state, published, seen, one.serving)

    def step(self, one: Replica) -> None:
        """Let one replica look, decide and act; whoever is cut off keeps what it has."""
        if self.monotonic < one.cut_off_until:
            return
        view = self.view_of(one)
        decided = plan(view, self.lifetimes)
        if decided.adopt is not None:
            one.serving = decided.adopt
        if decided.changes:
            self.write(view, decided.changes)
        elif decided.bundle is not None:
            self.publish(decided.bundle)
        one.view = self.view_of(one)

    def write(self, view: View, changes: tuple[Change, ...]) -> None:
        """Write the Secret, unless somebody else was faster (HTTP 409)."""
        if self.random.random() < 0.1:
            return
        state = view.state
        for change in changes:
            state = self.applied(state, change, view.now)
        self.state = state

    def applied(  # noqa: PLR0911  one for each kind of change
        self, state: State, change: Change, now: float
    ) -> State:
        match change:
            case RestoreAuthorities(authorities):
                return replace(state, authorities=(*authorities, *state.authorities))
            case RestoreLeaf(leaf):
                return replace(state, leaf=leaf)
            case AddAuthority(is_first):
                self.rotations += 1
                authority = Authority(
                    self.fresh_name("ca"), now + self.lifetimes.authority, is_first=is_first
                )
                return replace(state, authorities=(*state.authorities, authority), can_issue=True)
            case RecordPublished(fingerprints):
                return replace(
                    state,
                    authorities=tuple(
                        replace(authority, published_at=now)
                        if authority.fingerprint in fingerprints
                        else authority
                        for authority in state.authorities
                    ),
                )
            case IssueLeaf(is_early):
                assert state.newest is not None
                assert state.can_issue
                leaf = Leaf(
                    self.fresh_name("leaf"), state.newest.fingerprint, now + self.lifetimes.leaf
                )
                return replace(state, leaf=leaf, early=leaf.fingerprint if is_early else "")
            case ConfirmLeaf():
                return replace(state, early="")
            case Register(replica, leaves):
                return replace(state, replicas={**state.replicas, replica: leaves})
            case Forget(replicas):
                left = {name: one for name, one in state.replicas.items() if name not in replicas}
                return replace(state, replicas=left)
            case DropAuthorities(fingerprints):
                return replace(
                    state,
                    authorities=tuple(
                        authority
                        for authority in state.authorities
                        if authority.fingerprint not in fingerprints
                    ),
                    dropped=state.dropped | fingerprints,
                )

    def publish(self, fingerprints: tuple[str, ...]) -> None:
        """Apply the bundle to one configuration after the other; either may fail."""
        bundle = {one.fingerprint: one for one in self.state.authorities}
        assert set(bundle) == set(fingerprints)
        for index in range(CONFIGURATIONS):
            if self.random.random() < 0.9:
                self.bundles[index] = dict(bundle)
                self.history[index].append((self.monotonic, dict(bundle)))

    def held_bundles(self) -> list[Bundle]:
        """Return every bundle that some kube-apiserver may still go by."""
        oldest = self.monotonic - self.lifetimes.propagation
        held: list[Bundle] = []
        for versions in self.history:
            while len(versions) > 1 and versions[1][0] <= oldest:
                versions.pop(0)
            held.extend(bundle for _, bundle in versions)
        return held

    def ready(self) -> list[Replica]:
        """Return the replicas that say that they are ready."""
        return [one for one in self.replicas if self._problem(one) is None]

    def _problem(self, one: Replica) -> str | None:
        if one.view is None:
            return "not started"
        now = replace(one.view, now=self.monotonic + one.offset, serving=one.serving)
        return may_be_ready(now, self.lifetimes)

    def broken(self) -> str | None:
        """Return how the promise is broken: a ready replica whose leaf somebody may not accept."""
        held = [bundle for bundle in self.held_bundles() if bundle]
        for one in self.replicas:
            if one.serving is None or self._problem(one) is not None:
                continue
            if self.monotonic >= one.serving.not_after + self.lifetimes.clock_margin:
                return f"{one.name} is ready with {one.serving}, which has expired"
            for bundle in held:
                if one.serving.issuer not in bundle:
                    return f"{one.name} is ready with {one.serving}, not verified by {list(bundle)}"
        return None
