"""Judges the candidates of one run as siblings of each other.

Of each candidate only a summary is kept; the rules that need siblings judge the summaries when the
last candidate has been read. Manifests count as live, whatever their renewTime: they are about to
be applied together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from app.leasecandidate import LeaseCandidate, LeaseCandidateSpec, MicroTime, ObjectMeta
from app.leasecandidate.rules import RULES, Requester, Ruleset, Sibling, Violation, Write
from app.leasecandidate.version import Order, order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate.rules import RulesConfiguration

# The rules report the five most common other strategies at a version. Two more are kept: one may be
# the candidate's own, and one may be left with no candidate once the candidate itself is taken off.
_MOST_STRATEGIES: Final = 7


class ComparedFields(NamedTuple):
    """The fields of a spec that rules on siblings compare."""

    binary_version: str
    strategy: str


@dataclass(frozen=True, slots=True)
class CandidateSummary:
    """What rules on siblings look at in one candidate.

    `name` is empty where the server generates it. `before` are the fields that an UPDATE replaces,
    None for a CREATE. `counts` says whether others have this candidate as a sibling: a denied one
    is not stored, and a stored one may have expired.
    """

    namespace: str
    name: str
    lease_name: str
    now: ComparedFields
    before: ComparedFields | None
    requester: Requester
    counts: bool

    def candidate(self, fields: ComparedFields) -> LeaseCandidate:
        """Return a candidate of this name and lease with these fields and no others."""
        return LeaseCandidate(
            metadata=ObjectMeta(namespace=self.namespace, name=self.name),
            spec=LeaseCandidateSpec(
                lease_name=self.lease_name,
                binary_version=fields.binary_version,
                strategy=fields.strategy,
            ),
        )


def summary_of(write: Write, name: str, *, counts: bool) -> CandidateSummary:
    """Return the summary of a write; `name` is empty where the server generates it."""
    return CandidateSummary(
        write.candidate.metadata.namespace,
        name,
        write.candidate.spec.lease_name,
        _compared(write.candidate),
        None if write.old is None else _compared(write.old),
        write.requester,
        counts,
    )


def _compared(candidate: LeaseCandidate) -> ComparedFields:
    return ComparedFields(candidate.spec.binary_version, candidate.spec.strategy)


def conflicts(
    summaries: list[CandidateSummary], configuration: RulesConfiguration, now: MicroTime | None
) -> Iterator[tuple[int, Violation]]:
    """Yield each violation of a rule that needs siblings, after the index of its candidate."""
    ruleset = Ruleset(configuration, [rule for rule in RULES if rule.needs_siblings])
    leases: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, summary in enumerate(summaries):
        leases[summary.namespace, summary.lease_name].append(index)
    for indices in leases.values():
        lease = _Lease({index: summaries[index] for index in indices})
        if lease.is_uniform:
            continue
        for index in indices:
            summary = summaries[index]
            write = Write(
                summary.candidate(summary.now),
                None if summary.before is None else summary.candidate(summary.before),
                requester=summary.requester,
                now=now,
                siblings=tuple(lease.siblings(index, summary, now or MicroTime(0))),
                settings=configuration.settings,
            )
            for violation in ruleset.evaluate(write).violations:
                yield index, violation


class _Lease:
    """The candidates of one lease, counted by version and strategy.

    Versions that differ in build metadata are the same one. `is_uniform` says that all candidates
    have the same version and strategy, so that no rule on siblings can find anything.
    """

    def __init__(self, candidates: dict[int, CandidateSummary]) -> None:
        # Of several manifests of one object, the last one is what will be stored.
        self._stored = {
            summary.name or str(index): (order[summary.now.binary_version], summary.now.strategy)
            for index, summary in candidates.items()
            if summary.counts
        }
        fields = dict.fromkeys(each.now for each in candidates.values())
        self.is_uniform = len(fields) == 1
        self._texts = {order[each.binary_version]: each.binary_version for each in fields}
        strategies: dict[Order, Counter[str]] = defaultdict(Counter)
        for version, strategy in self._stored.values():
            strategies[version][strategy] += 1
        self._numbers = {version: found.total() for version, found in strategies.items()}
        self._strategies = {
            version: sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST_STRATEGIES]
            for version, found in strategies.items()
        }
        self._highest = sorted(strategies, reverse=True)[:2]

    def siblings(
        self, index: int, candidate: CandidateSummary, now: MicroTime
    ) -> Iterator[Sibling]:
        """Yield enough siblings of a candidate for every rule to find what it would find in all.

        These are the most common strategies at its own version, and one sibling of the highest
        version. A list of all siblings for each candidate would take quadratic time.
        """
        binary_version, strategy = candidate.now
        own_version, own_strategy = self._stored.get(candidate.name or str(index), (None, None))
        version = order[binary_version]
        for other_strategy, number in self._strategies.get(version, ()):
            is_own = (own_version, own_strategy) == (version, other_strategy)
            others = number - 1 if is_own else number
            if others:
                yield Sibling(binary_version, other_strategy, now, others)
        for highest in self._highest:
            number = self._numbers[highest]
            others = number - 1 if own_version == highest else number
            if others:
                yield Sibling(self._texts[highest], strategy, now)
                return
