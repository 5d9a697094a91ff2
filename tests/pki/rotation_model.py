"""A model of a cluster in which replicas rotate their certificates by `plan` and `applied`.

Replicas, the Secret and the caBundles are plain values; what a real cluster does to them is drawn
from a seeded generator. A replica may be held up between any two of its requests, for days too. A
kube-apiserver may go by any caBundle of the last `propagation` seconds. Any two clocks are at most
`clock_margin` apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from app.pki import rotation
from app.pki.authority import BACKDATE
from app.pki.rotation import Instant, Sightings, leaf_terms, plan
from app.pki.rotation_state import Add, Authority, State, View, applied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from app.pki.lifetimes import Lifetimes
    from app.pki.rotation import Plan
    from app.pki.rotation_state import Leaf

Bundle = dict[str, float]
WEBHOOKS = 2


class Written(NamedTuple):
    """A caBundle as it was written once, by leasegate or by somebody else."""

    at: float
    bundle: Bundle
    is_foreign: bool


@dataclass
class Replica:
    """One process: how far its clock is off, what it serves, and what it is just doing."""

    name: str
    offset: float = 0.0
    leaf: Leaf | None = None
    read_at: float = 0.0
    bound_by: float = 0.0
    """When the caBundles were read by which it signed."""
    sightings: Sightings = field(default_factory=Sightings)
    revisions: tuple[str, ...] = ()
    state: State = field(default_factory=State)
    view: View = field(default_factory=View)
    held_up_until: float = 0.0
    begin: float = 0.0
    bundles: tuple[Bundle, ...] | None = None
    plan: Plan | None = None


@dataclass
class Cluster:
    """The Secret, the caBundles, and who reads them; `time` is the true one.

    `stalls` are the times, in seconds, for which a replica may be held up between two requests.
    """

    random: Random
    lifetimes: Lifetimes
    stalls: Sequence[float] = ()
    replicas: list[Replica] = field(default_factory=list)
    began: float = 1_000_000.0
    time: float = 1_000_000.0
    state: State = field(default_factory=State)
    revisions: list[int] = field(default_factory=lambda: [0] * WEBHOOKS)
    bundles: list[Bundle] = field(default_factory=lambda: [{} for _ in range(WEBHOOKS)])
    history: list[list[Written]] = field(default_factory=list)
    backups: list[State] = field(default_factory=list)
    restored_at: float = 0.0
    is_away: bool = False
    is_read_only: bool = False
    begins: dict[str, float] = field(default_factory=dict)
    made: int = 0
    writes: int = 0

    def __post_init__(self) -> None:
        self.history = [[Written(self.time, {}, is_foreign=False)] for _ in range(WEBHOOKS)]

    def fresh_name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}-{self.made}"

    def now(self, one: Replica) -> float:
        return self.time + one.offset

    def add_replicas(self, number: int) -> None:
        self.replicas += [Replica(self.fresh_name("replica")) for _ in range(number)]

    def step(self, one: Replica) -> None:
        """Let one replica look, decide and act, or a part of that; who is held up does nothing."""
        if self.time < one.held_up_until:
            return
        if self.is_away:
            one.bundles = one.plan = None
            return
        if one.bundles is None:
            one.begin, one.read_at, one.bundles = self.now(one), self.time, tuple(self.bundles)
            one.revisions = tuple(map(str, self.revisions))
            if self.is_held_up(one):
                return
        if one.plan is None:
            one.state = self.state
            one.view = self.look(one, one.bundles)
            one.plan = plan(one.state, one.view, self.now(one), self.lifetimes)
            if self.is_held_up(one):
                return
        decided, bundles, one.plan, one.bundles = one.plan, one.bundles, None, None
        if decided.sign is not None:
            self.sign(one, decided.sign)
        if decided.changes or decided.add:
            self.write(one, decided)
        elif decided.publish:
            self.publish(one, bundles)

    def settle(self, one: Replica) -> None:
        """Let one replica do all that there is to do now."""
        for _ in range(12):
            self.step(one)

    def look(self, one: Replica, bundles: tuple[Bundle, ...]) -> View:
        at = Instant(self.now(one), self.time)
        one.sightings = one.sightings.after(bundles, one.revisions, at)
        return View(one.begin, bundles, one.sightings.seconds(at), one.leaf)

    def is_held_up(self, one: Replica) -> bool:
        """Whether a replica comes no further in this step, and for how long."""
        if not self.stalls or self.random.random() < 0.9:
            return False
        one.held_up_until = self.time + self.random.choice(self.stalls)
        return True

    def sign(self, one: Replica, issuer: str) -> None:
        authority = one.state.authorities[one.state.position(issuer)]
        begin = self.life_begins(one)
        end = min(begin + authority.leaf, authority.not_after)
        one.leaf, one.bound_by = leaf_terms(issuer, begin, end), one.read_at
        one.view = replace(one.view, leaf=one.leaf)

    def life_begins(self, one: Replica) -> float:
        """Return from when on a leaf's life counts: before what was read by which it is signed."""
        return one.begin

    def write(self, one: Replica, decided: Plan) -> None:
        """Write the Secret, unless somebody else was faster (HTTP 409) or it fails."""
        if self.state is not one.state or self.is_read_only or self.is_refused():
            return
        for change in decided.changes:
            self.state = applied(self.state, change)
        if decided.add:
            self.state = applied(self.state, Add(self.new_authority(one)))
        one.state = self.state
        self.writes += 1

    def new_authority(self, one: Replica) -> Authority:
        name, now = self.fresh_name("ca"), self.now(one)
        self.begins[name] = now - BACKDATE.total_seconds()
        return Authority(name, now + self.lifetimes.authority, self.lifetimes.leaf, has_key=True)

    def is_refused(self) -> bool:
        return bool(self.stalls) and self.random.random() < 0.1

    def publish(self, one: Replica, read: tuple[Bundle, ...]) -> None:
        """Apply the Secret's CAs to one webhook after the other, unless it changed meanwhile."""
        for index in range(WEBHOOKS):
            if self.bundles[index] is read[index] and not self.is_read_only | self.is_refused():
                bundle = {each.fingerprint: each.not_after for each in one.state.authorities}
                self.set_bundle(index, bundle, is_foreign=False)

    def set_bundle(self, index: int, bundle: Mapping[str, float], *, is_foreign: bool) -> None:
        self.bundles[index] = dict(bundle)
        self.revisions[index] += 1
        self.history[index].append(Written(self.time, self.bundles[index], is_foreign))
        if not any(self.bundles):
            self.history = [[versions[-1]] for versions in self.history]

    def held(self) -> list[Written]:
        """Return every caBundle that some kube-apiserver may go by and that has a CA of ours."""
        oldest, found = self.time - self.lifetimes.propagation, []
        for versions in self.history:
            while len(versions) > 1 and versions[1].at <= oldest:
                versions.pop(0)
            found += [one for one in versions if self.is_ours(one.bundle)]
        return found

    def is_ours(self, bundle: Bundle) -> bool:
        return any(name in self.begins and end > self.time for name, end in bundle.items())

    def problem(self, one: Replica) -> str | None:
        return rotation.problem(one.state, one.view, self.now(one), self.lifetimes)

    def ready(self) -> list[Replica]:
        """Return the replicas that say that they are ready."""
        return [one for one in self.replicas if self.problem(one) is None]

    def broken(self) -> str | None:
        """Return how the promise is broken: a ready replica whose leaf somebody may not accept.

        What somebody else wrote binds who signs after having read it; who served before goes on.
        """
        apart = self.lifetimes.clock_margin / 2
        held = self.held()
        for one in self.ready():
            leaf = one.leaf
            assert leaf is not None
            if self.time + apart >= leaf.not_after:
                return f"{one.name} is ready with {leaf}, which has expired"
            if self.time - apart < self.begins[leaf.issuer]:
                return f"{one.name} is ready with {leaf}, whose CA is not valid yet"
            for written in held:
                binds = not written.is_foreign or one.bound_by > written.at
                if binds and leaf.issuer not in written.bundle:
                    return f"{one.name} is ready with {leaf}, not verified by {written}"
        return None
