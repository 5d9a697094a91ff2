"""The candidates of one run as siblings of each other.

A few texts are kept of each; when the last one is read, the rules that need siblings judge them.
They count as live, whatever their renewTime: they are about to be applied together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, MicroTime, ObjectMeta
from app.leasecandidate.rules import RULES, Requester, Ruleset, Sibling, Violation, Write
from app.leasecandidate.version import Order, order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate.rules import RulesConfiguration

# The rules name five other strategies of a version, most common first; the candidate's own may be
# among the first, and another manifest of the same object counts one less.
_STRATEGIES: Final = 7


@dataclass(frozen=True, slots=True)
class CandidateSummary:
    """What rules on siblings look at in one candidate; `stored` is what it was before an UPDATE.

    `name` is empty where the server generates it. `counts` says whether others have it as a
    sibling: what is denied is not stored, and what is stored may have expired.
    """

    namespace: str
    name: str
    lease_name: str
    binary_version: str
    strategy: str
    stored: tuple[str, str] | None
    requester: Requester
    counts: bool

    def candidate(self, binary_version: str, strategy: str) -> LeaseCandidate:
        """Return a candidate of this name and lease that has no more than that."""
        return LeaseCandidate(
            metadata=ObjectMeta(namespace=self.namespace, name=self.name),
            spec=LeaseCandidateSpec(
                lease_name=self.lease_name, binary_version=binary_version, strategy=strategy
            ),
        )


def summary_of(write: Write, name: str, *, counts: bool) -> CandidateSummary:
    """Return what rules on siblings look at in a write; `name` is empty where it is generated."""
    spec, old = write.candidate.spec, write.old
    return CandidateSummary(
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
    summaries: list[CandidateSummary], configuration: RulesConfiguration, now: MicroTime | None
) -> Iterator[tuple[int, Violation]]:
    """Yield what the rules that need siblings find, with the index of the candidate."""
    ruleset = Ruleset(configuration, [rule for rule in RULES if rule.needs_siblings])
    leases: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, summary in enumerate(summaries):
        leases[summary.namespace, summary.lease_name].append(index)
    for indices in leases.values():
        lease = _Lease({index: summaries[index] for index in indices})
        for index in indices if lease.disagrees else ():
            summary = summaries[index]
            write = Write(
                summary.candidate(summary.binary_version, summary.strategy),
                None if summary.stored is None else summary.candidate(*summary.stored),
                requester=summary.requester,
                now=now,
                siblings=tuple(lease.siblings(index, summary, now or MicroTime(0))),
                settings=configuration.settings,
            )
            for violation in ruleset.evaluate(write).violations:
                yield index, violation


class _Lease:
    """The candidates of one lease, counted by version and strategy.

    Versions that differ in build metadata are the same one.
    """

    def __init__(self, candidates: dict[int, CandidateSummary]) -> None:
        # Of several manifests of one object, the last one is what will be stored.
        self._stored = {
            summary.name or str(index): (order[summary.binary_version], summary.strategy)
            for index, summary in candidates.items()
            if summary.counts
        }
        self._texts = {
            order[each.binary_version]: each.binary_version for each in candidates.values()
        }
        strategies: dict[Order, Counter[str]] = defaultdict(Counter)
        for version, strategy in self._stored.values():
            strategies[version][strategy] += 1
        self._numbers = {version: found.total() for version, found in strategies.items()}
        self._strategies = {
            version: sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_STRATEGIES]
            for version, found in strategies.items()
        }
        self._highest = sorted(strategies, reverse=True)[:2]
        looks = {(each.binary_version, each.strategy) for each in candidates.values()}
        self.disagrees = len(looks) > 1

    def siblings(self, index: int, of: CandidateSummary, now: MicroTime) -> Iterator[Sibling]:
        """Yield the siblings of a candidate that rules can tell from each other.

        These are the most common strategies at its own version, and one of the highest version: it
        does not matter what else there is, and a list of all for each would be quadratic.
        """
        own = self._stored.get(of.name or str(index))
        version = order[of.binary_version]
        for strategy, count in self._strategies.get(version, ()):
            others = count - (own == (version, strategy))
            if others:
                yield Sibling(of.binary_version, strategy, now, others)
        for highest in self._highest:
            if self._numbers[highest] > (own is not None and own[0] == highest):
                yield Sibling(self._texts[highest], of.strategy, now)
                return
