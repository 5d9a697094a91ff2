"""Writes of candidates that kube-apiserver's own validation lets through, made from a seed.

They keep to the edges of the added rules: what each just allows, just forbids, and what looks like
it. Objects are as kube-apiserver shows them to a policy: times canonical, the zero time null, an
empty optional field absent.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from app.leasecandidate import LeaseCandidate, MicroTime, version
from app.leasecandidate.rules import (
    Profile,
    Requester,
    RulesConfiguration,
    Ruleset,
    RuleSettings,
    Write,
)

if TYPE_CHECKING:
    from random import Random

JsonObject = dict[str, Any]

NAMESPACES: Final = ("default", "kube-system", "kube-node-lease", "team-a")
USERS: Final = (
    Requester("alice", frozenset({"system:authenticated", "team"})),
    Requester("restore", frozenset({"system:authenticated"})),
    Requester("system:apiserver", frozenset({"system:masters", "system:authenticated"})),
    Requester("system:kube-scheduler", frozenset({"system:authenticated"})),
)

_LABELS: Final = ("a", "a-b", "9", "kube-scheduler", "apiserver", "x" * 63, "x" * 64, "Upper", "-a")
_LABELS_2: Final = ("a_b", "a-", "", "é", "node-1", "a b", "a\n", "\u017f", "😀")
_LEASE_NAMES: Final = (
    *("example", "kube-scheduler", "leader-election-controller", "leader-election-controller-2"),
    *("apiserver-", "apiserver-abc123", "apiserver", "xapiserver-a", "Apiserver-a", "a\n", "\na"),
    *("x" * 253, "x" * 254, ".".join(["x" * 63] * 4)[:253], ".".join(["x" * 63] * 4)[:254]),
    *("Not_A_DNS name", "a..b", ".a", "a.", "a/b", "*", "é" * 126 + "a", "x" * 10_000),
)
_NUMBERS: Final = (0, 1, 2, 3, 4, 5, 9, 10, 30, 31, 2**31, 2**63 - 1, 2**63, 2**63 + 3, 2**64 - 1)
_ENDS: Final = ("-alpha.1", "-0", "--", "+build", "+a-b", "-rc.1+b", "-a+1.2", "-1.2")
_BEFORE: Final = ("", "vv", "V", " v", "v ", "v\n", "=v", "\u2170", "v+")
_AFTER: Final = (" ", "\n", ".0", "v", "-", "+", "\u0661")
_STRATEGIES: Final = (
    *("OldestEmulationVersion", "example.com/custom", "k8s.io/a", "kubernetes.io/a", "xk8s.io/a"),
    *("xkubernetes.io/a", "io/a"),
    *("sub.k8s.io/a", "a.b.kubernetes.io/A", "k8s.io.example.com/a", "example.com/k8s.io", "k8s/a"),
    *("k8s.io.k8s.io/x", "kubernetes.io.x/k8s.io", "a/b", "io/k8s.io", "team.example.com/x"),
)
_TIMES: Final = (
    *("2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678902Z", "2026-01-02T03:04:05.678900Z"),
    *("2026-01-02T03:34:05.678901Z", "2026-01-02T03:34:05.678902Z", "2026-01-02T02:34:05.678901Z"),
    *("0000-01-01T00:00:00.000000Z", "0001-01-01T00:00:00.000000Z", "0001-01-01T00:00:00.000001Z"),
    *("9999-12-31T23:59:59.999999Z", "9999-12-31T23:29:59.999999Z", "9998-12-31T23:50:00.000000Z"),
    *("0999-12-31T00:00:00.000000Z", "1000-01-01T00:00:00.000000Z", "2025-12-31T23:59:59.999999Z"),
)
_FINALIZERS: Final[tuple[list[str], ...]] = (
    *([], [], ["example.com/a"], ["example.com/b"], ["example.com/a", "example.com/b"]),
    ["example.com/b", "example.com/a"],
)
_CHANGES: Final = (
    ("spec", ("binaryVersion", "emulationVersion", "strategy")),
    ("spec", ("binaryVersion",)),
    ("spec", ("emulationVersion",)),
    ("spec", ("strategy",)),
    ("spec", ("pingTime",)),
    ("spec", ("renewTime",)),
    ("spec", ("renewTime",)),
    ("metadata", ("finalizers",)),
)
_BUILT_IN: Final = Ruleset(RulesConfiguration(profile=Profile.BUILTIN))


@dataclass(frozen=True)
class Case:
    """One write: the objects as policies see them, where, and by whom. `old` is None on CREATE."""

    namespace: str
    user: Requester
    object: JsonObject
    old: JsonObject | None = field(default=None)

    @property
    def request(self) -> JsonObject:
        """The `request` that expressions see."""
        info: JsonObject = {"username": self.user.username}
        if self.user.groups:
            info["groups"] = sorted(self.user.groups)
        operation = "CREATE" if self.old is None else "UPDATE"
        return {"operation": operation, "namespace": self.namespace, "userInfo": info}

    def write(self, settings: RuleSettings) -> Write:
        """What the Python rules look at."""
        old = None if self.old is None else LeaseCandidate.model_validate(self.old)
        candidate = LeaseCandidate.model_validate(self.object)
        return Write(candidate, old, self.user, settings=settings)


def create(random: Random) -> Case:
    """Make a new candidate."""
    namespace = random.choice(NAMESPACES)
    meta: JsonObject = {"name": f"c{random.randrange(1000)}", "namespace": namespace}
    meta["resourceVersion"] = "1"
    if finalizers := random.choice(_FINALIZERS):
        meta["finalizers"] = list(finalizers)
    return Case(namespace, random.choice(USERS), {"metadata": meta, "spec": spec(random)})


def update(random: Random, stored: Case) -> Case:
    """Change a candidate in up to three respects."""
    while True:
        new = copy.deepcopy(stored.object)
        for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
            holder, names = random.choice(_CHANGES)
            other = create(random).object[holder]
            for name in names:
                new[holder].pop(name, None)
                if name in other:
                    new[holder][name] = other[name]
        changed = replace(stored, user=random.choice(USERS), object=new, old=stored.object)
        if passes_built_in_validation(changed):
            return changed


def passes_built_in_validation(case: Case) -> bool:
    """Whether kube-apiserver would go on to its policies."""
    return not _BUILT_IN.evaluate(case.write(_BUILT_IN.settings)).violations


def spec(random: Random) -> JsonObject:
    """Make a spec that the built-in rules accept."""
    made: JsonObject = {"leaseName": lease_name(random)}
    strategy = random.choice(_STRATEGIES)
    versions = sorted(
        (semantic_version(random), semantic_version(random)), key=version.order.__getitem__
    )
    if random.random() < 0.4:
        # The interesting gaps are small.
        numbers = [random.choice(_NUMBERS), random.choice(_NUMBERS[:-3])]
        minors = (numbers[1] + random.choice((0, 1, 2, 3, 4, 5)), numbers[1])
        versions = [f"{numbers[0]}.{minor}.0" for minor in reversed(minors)]
    emulation, made["binaryVersion"] = versions
    if "/" in strategy and random.random() < 0.3:
        emulation = ""
    elif "/" not in strategy and version.is_zero(emulation):
        emulation = made["binaryVersion"] = "1.36.0"
    if emulation:
        made["emulationVersion"] = emulation
    made["strategy"] = strategy
    for name in ("pingTime", "renewTime"):
        if random.random() < 0.7:
            time = MicroTime.parse(random.choice(_TIMES))
            made[name] = None if time.is_zero else str(time)
    return made


def lease_name(random: Random) -> str:
    """Make any text but the empty one."""
    if random.random() < 0.6:
        return random.choice(_LEASE_NAMES)
    labels = (*_LABELS, *_LABELS_2) if random.random() < 0.5 else _LABELS[:5]
    return ".".join(random.choices(labels, k=random.randrange(1, 5))) or "x"


def semantic_version(random: Random) -> str:
    """Make a version, some of them as long as allowed or a little longer."""
    text = ".".join(str(random.choice(_NUMBERS)) for _ in range(3))
    roll = random.random()
    if roll < 0.15:
        size = random.choice((255, 256, 257, 300))
        return f"{text}-".ljust(size, "a")
    return text + random.choice(_ENDS) if roll < 0.4 else text


def near_miss(random: Random) -> JsonObject:
    """Make a spec whose versions mostly have something before or after them."""
    made = spec(random)
    for name in ("binaryVersion", "emulationVersion"):
        if name in made and random.random() < 0.7:
            text = random.choice((made[name], "1.36.0", "1.36", "1.36.0-a", "01.2.3", ""))
            made[name] = _around(random, "v", _BEFORE) + text + _around(random, "", _AFTER)
    return made


def _around(random: Random, usual: str, unusual: tuple[str, ...]) -> str:
    return usual if random.random() < 0.7 else random.choice(unusual)


def as_sent(spec: JsonObject) -> JsonObject:
    """Return the spec as a client has to write it: null means absent to the server's decoder."""
    return {
        name: "0001-01-01T00:00:00.000000Z" if value is None else value
        for name, value in spec.items()
    }
