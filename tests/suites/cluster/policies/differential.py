"""The same generated writes for the policies of a real kube-apiserver and for the Python rules."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Final

from app.leasecandidate.rules import Ruleset
from app.leasecandidate.spec import VERSIONS
from tests.cel_policies import writes
from tests.cel_policies.comparison import found_by_policies, found_by_rules
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.leasecandidate.rules import RulesConfiguration
    from devtools.controlplane import ControlPlane
    from tests.cel_policies.writes import Case

_THREADS: Final = 4


@dataclass
class Comparison:
    """What came of it: writes by operation, writes that violate a rule, and the differences."""

    operations: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, case: Case, rules: set[str], policies: set[str]) -> None:
        """Count one write."""
        self.operations[case.request["operation"]] += 1
        self.violations.update(rules)
        self.differing.update(rules ^ policies)
        if rules != policies and len(self.differences) < 10:
            self.differences.append(f"rules {rules} policies {policies} in {case}")

    def merge(self, other: Comparison) -> None:
        """Add what another thread found."""
        self.operations += other.operations
        self.violations += other.violations
        self.differing += other.differing
        self.differences += other.differences


def stored_candidates(control_plane: ControlPlane, seed: int, count: int) -> list[Case]:
    """Store candidates for updates, and return them as the server shows them."""
    random = Random(seed)
    stored = []
    with Writer(control_plane) as writer:
        for number in range(count):
            case = writes.create(random)
            case.object["metadata"]["name"] = f"stored-{seed}-{number}"
            answer = writer.write(case, dry_run=False)
            assert answer.code == 201, answer
            stored.append(replace(case, object={key: answer.body[key] for key in case.object}))
    return stored


def generated(seed: int, stored: Sequence[Case]) -> Iterator[Case]:
    """Make two creates, then an update, for ever."""
    random = Random(seed)
    while True:
        yield writes.create(random)
        yield writes.create(random)
        yield writes.update(random, random.choice(stored))


def compare(
    control_plane: ControlPlane,
    configuration: RulesConfiguration,
    stored: Sequence[Case],
    count: int,
) -> Comparison:
    """Send writes, as dry runs, to a server where every policy of the configuration warns."""

    def run(seed: int) -> Comparison:
        found = Comparison()
        ruleset = Ruleset(configuration)
        with Writer(control_plane) as writer:
            for number, case in enumerate(islice(generated(seed, stored), count // _THREADS)):
                answer = writer.write(case, VERSIONS[number % len(VERSIONS)])
                assert answer.code in {200, 201}, (answer, case)
                found.add(case, found_by_rules(ruleset, case), found_by_policies(answer.warnings))
        return found

    total = Comparison()
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(run, range(_THREADS)):
            total.merge(found)
    return total
