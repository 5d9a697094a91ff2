"""The candidates of one run as siblings of each other.

A few texts are kept of each; when the last one is read, the rules that need siblings judge them.
They count as live, whatever their renewTime: they are about to be applied together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, ObjectMeta
from app.leasecandidate.rules import RULES, Requester, Ruleset, Sibling, Violation, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate import MicroTime
    from app.leasecandidate.rules import RulesConfiguration


@dataclass(frozen=True, slots=True)
class Standing:
    """What rules on siblings look at in one candidate; `stored` is what it was before an UPDATE.

    `name` is empty where the server generates it. `counts` says whether others have it as a
    sibling: what is denied is not stored.
    """

    namespace: str
    name: str
    lease_name: str
    binary_version: str
    strategy: str
    stored: tuple[str, str] | None
    requester: Requester
    counts: bool

    @property
    def looks(self) -> tuple[str, str]:
        """What siblings see of it: binaryVersion and strategy."""
        return self.binary_version, self.strategy


def standing_of(write: Write, name: str, *, counts: bool) -> Standing:
    """Return what rules on siblings look at in a write; `name` is empty where it is generated."""
    spec, old = write.candidate.spec, write.old
    return Standing(
        write.candidate.metadata.namespace,
        name,
        spec.lease_name,
        spec.binary_version,
        spec.strategy,
        None if old is None else (old.spec.binary_version, old.spec.strategy),
        write.requester,
        counts,
    )


def conflicts(
    standings: list[Standing], configuration: RulesConfiguration, now: MicroTime
) -> Iterator[tuple[int, Violation]]:
    """Yield what the rules that need siblings find, with the index of the standing."""
    ruleset = Ruleset(configuration, [rule for rule in RULES if rule.needs_siblings])
    leases: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, standing in enumerate(standings):
        leases[standing.namespace, standing.lease_name].append(index)
    for indices in leases.values():
        by_name = {
            standings[index].name or str(index): standings[index].looks
            for index in indices
            if standings[index].counts
        }
        others = Counter(by_name.values())
        if len(others.keys() | {standings[index].looks for index in indices}) < 2:  # noqa: PLR2004
            continue
        for index in indices:
            standing = standings[index]
            own = by_name.get(standing.name or str(index))
            siblings = tuple(
                Sibling(version, strategy, now, count - (looks == own))
                for looks, count in others.items()
                for version, strategy in [looks]
                if count > (looks == own)
            )
            write = _write(standing, siblings, configuration, now)
            for violation in ruleset.evaluate(write).violations:
                yield index, violation


def _write(
    standing: Standing,
    siblings: tuple[Sibling, ...],
    configuration: RulesConfiguration,
    now: MicroTime,
) -> Write:
    old = None
    if standing.stored is not None:
        old = _candidate(standing, *standing.stored)
    return Write(
        _candidate(standing, *standing.looks),
        old,
        requester=standing.requester,
        now=now,
        siblings=siblings,
        settings=configuration.settings,
    )


def _candidate(standing: Standing, binary_version: str, strategy: str) -> LeaseCandidate:
    return LeaseCandidate(
        metadata=ObjectMeta(namespace=standing.namespace, name=standing.name),
        spec=LeaseCandidateSpec(
            lease_name=standing.lease_name, binary_version=binary_version, strategy=strategy
        ),
    )
