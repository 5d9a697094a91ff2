"""A model of a cluster in which replicas rotate their certificates by `plan`.

Replicas, kube-apiservers and the stored objects are plain values; what a real cluster does to them
(delays, restarts, lost objects, clocks that jump) is drawn from a seeded generator. A replica may
be held up between reading the bundles, reading the Secret and acting on what it read, for as long
as a Secret takes through kubelet and longer; others act meanwhile. A kube-apiserver may go by any
bundle of the last `propagation` seconds. Any two clocks are at most `clock_margin` apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.pki.authority import BACKDATE
from app.pki.rotation import is_early, may_be_ready, plan
from app.pki.rotation_terms import (
    AddAuthority,
    Authority,
    Change,
    ConfirmLeaf,
    DropAuthorities,
    Forget,
    IssueLeaf,
    Leaf,
    Plan,
    RecordPublished,
    Register,
    RestoreAuthorities,
    RestoreLeaf,
    State,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    was_early: bool = False
    first_seen: dict[str, float] = field(default_factory=dict)
    view: View | None = None
    cut_off_until: float = 0.0
    bundles: tuple[Bundle, ...] | None = None
    plan: Plan | None = None


@dataclass
class Cluster:
    """The Secret, the bundles of both configurations, and who reads them.

    `stalls` are the times, in seconds, for which a replica may be held up between two requests.
    `monotonic` is the true time; the wall clock of a replica is that plus its offset.
    """

    random: Random
    lifetimes: Lifetimes
    stalls: Sequence[float] = (0.0,)
    replicas: list[Replica] = field(default_factory=list)
    began: float = 1_000_000.0
    monotonic: float = 1_000_000.0
    state: State = field(default_factory=State)
    bundles: list[Bundle] = field(default_factory=lambda: [{} for _ in range(CONFIGURATIONS)])
    history: list[list[tuple[float, Bundle]]] = field(default_factory=list)
    begins: dict[str, float] = field(default_factory=dict)
    made: int = 0
    rotations: int = 0

    def __post_init__(self) -> None:
        self.history = [[(self.monotonic, {})] for _ in range(CONFIGURATIONS)]

    def fresh_name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}-{self.made}"

    def view_of(self, one: Replica, bundles: tuple[Bundle, ...], state: State) -> View:
        """Return what is seen of bundles, and of a Secret that was read after them."""
        for fingerprint in list(one.first_seen):
            if not all(fingerprint in found for found in bundles):
                del one.first_seen[fingerprint]
        for fingerprint in set.intersection(*(set(found) for found in bundles)):
            one.first_seen.setdefault(fingerprint, self.monotonic)
        seen = {name: self.monotonic - since for name, since in one.first_seen.items()}
        now = self.monotonic + one.offset
        view = View(one.name, now, state, bundles, seen, one.serving, one.was_early)
        one.was_early = is_early(view, self.lifetimes)
        return view

    def step(self, one: Replica) -> None:
        """Let one replica look, decide and act; whoever is cut off keeps what it has."""
        if self.monotonic < one.cut_off_until:
            return
        if one.bundles is None:
            one.bundles = tuple(self.bundles)
            if self.is_held_up(one):
                return
        if one.plan is None:
            one.view = self.view_of(one, one.bundles, self.state)
            one.plan = plan(one.view, self.lifetimes)
            if one.plan.adopt is not None:
                one.serving, one.was_early = one.plan.adopt, True
                one.view = self.view_of(one, one.bundles, one.view.state)
            if self.is_held_up(one):
                return
        self.act(one, one.plan, one.bundles)
        one.bundles = one.plan = None

    def is_held_up(self, one: Replica) -> bool:
        """Whether a replica comes no further in this step, and for how long."""
        if self.random.random() < 0.9:
            return False
        one.cut_off_until = self.monotonic + self.random.choice(self.stalls)
        return True

    def act(self, one: Replica, decided: Plan, bundles: tuple[Bundle, ...]) -> None:
        """Do what was decided; `bundles` are those that were read then."""
        assert one.view is not None
        if decided.changes:
            self.write(one, one.view, decided.changes)
        elif decided.bundle is not None:
            self.publish(one.view.state, decided.bundle, bundles)

    def write(self, one: Replica, view: View, changes: tuple[Change, ...]) -> None:
        """Write the Secret, unless somebody else was faster (HTTP 409) or it fails."""
        if self.state is not view.state or self.random.random() < 0.1:
            return
        state = view.state
        for change in changes:
            state = self.applied(state, change, view.now)
        self.state = state
        assert one.bundles is not None
        one.view = self.view_of(one, one.bundles, state)

    def applied(  # noqa: PLR0911  one for each kind of change
        self, state: State, change: Change, now: float
    ) -> State:
        match change:
            case RestoreAuthorities(authorities):
                return replace(state, authorities=(*authorities, *state.authorities))
            case RestoreLeaf(leaf, is_early):
                return replace(state, leaf=leaf, early=leaf.fingerprint if is_early else "")
            case AddAuthority(is_first):
                self.rotations += 1
                authority = Authority(
                    self.fresh_name("ca"), now + self.lifetimes.authority, is_first=is_first
                )
                self.begins[authority.fingerprint] = now - BACKDATE.total_seconds()
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
                self.begins[leaf.fingerprint] = now - BACKDATE.total_seconds()
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

    def publish(
        self, state: State, fingerprints: tuple[str, ...], read: tuple[Bundle, ...]
    ) -> None:
        """Apply the bundle to one configuration after the other; either may fail."""
        bundle = {one.fingerprint: one for one in state.authorities}
        assert set(bundle) == set(fingerprints)
        for index in range(CONFIGURATIONS):
            if self.bundles[index] is read[index] and self.random.random() < 0.9:
                self.set_bundle(index, bundle)

    def set_bundle(self, index: int, bundle: Bundle) -> None:
        self.bundles[index] = dict(bundle)
        self.history[index].append((self.monotonic, self.bundles[index]))

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
        now = replace(one.view, now=self.monotonic + one.offset)
        return may_be_ready(now, self.lifetimes)

    def broken(self) -> str | None:
        """Return how the promise is broken: a ready replica whose leaf somebody may not accept."""
        held = [bundle for bundle in self.held_bundles() if bundle]
        apart = self.lifetimes.clock_margin / 2
        for one in self.replicas:
            leaf = one.serving
            if leaf is None or self._problem(one) is not None:
                continue
            if self.monotonic + apart >= leaf.not_after:
                return f"{one.name} is ready with {leaf}, which has expired"
            if self.monotonic - apart < max(
                self.begins[leaf.fingerprint], self.begins[leaf.issuer]
            ):
                return f"{one.name} is ready with {leaf}, which is not valid yet"
            for bundle in held:
                if leaf.issuer not in bundle:
                    return f"{one.name} is ready with {leaf}, not verified by {list(bundle)}"
        return None
