"""Rules that compare a candidate with the other live candidates of its lease.

The candidate with the highest binaryVersion decides on the strategy; two of them that disagree stop
the election (kubernetes `pkg/controlplane/controller/leaderelection/election.go`,
pickBestStrategy). Two candidates that are created at the same moment do not see each other.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from app.leasecandidate import version
from app.leasecandidate.field import FieldError, invalid_shortened
from app.leasecandidate.quote import quote_shortened
from app.leasecandidate.rules.rule import ELECTION_SOURCE, Action, Rule
from app.leasecandidate.rules.twin import NO_SIBLINGS
from app.leasecandidate.rules.write import WRITES, Sibling, Write
from app.leasecandidate.spec import OLDEST_EMULATION_VERSION, VALIDITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.leasecandidate import MicroTime

_SOURCE: Final = f"{ELECTION_SOURCE}/election.go"
# Bounds the causes of one denial, however many strategies the siblings have.
_SHOWN_STRATEGIES: Final = 5
_LOOKS_AT: Final = ("spec.strategy", "spec.binary_version")


def live_siblings(write: Write) -> list[Sibling]:
    """Return the siblings that have not expired; one without renewTime counts as expired."""
    return [each for each in write.siblings or () if is_live(each.renew_time, write.now)]


def is_live(renew_time: MicroTime | None, now: MicroTime | None) -> bool:
    """Whether a candidate has not expired at `now`; without `now`, whether it ever renewed."""
    return renew_time is not None and (now is None or now.since(renew_time) <= VALIDITY)


def strategy_conflict(write: Write) -> Iterator[FieldError]:
    """Find other strategies at the candidate's binaryVersion, where that is the highest."""
    if _is_highest(write):
        yield from _conflicts(write)


def strategy_conflict_lower(write: Write) -> Iterator[FieldError]:
    """Find other strategies at the candidate's binaryVersion, where a sibling has a higher one."""
    if not _is_highest(write):
        yield from _conflicts(write)


def strategy_takeover(write: Write) -> Iterator[FieldError]:
    """Find a candidate of OldestEmulationVersion above the highest one with another strategy."""
    spec, siblings = write.candidate.spec, live_siblings(write)
    highest = max((version.order[each.binary_version] for each in siblings), default=None)
    if spec.strategy != OLDEST_EMULATION_VERSION or highest is None:
        return
    if version.order[spec.binary_version] > highest and any(
        version.order[each.binary_version] == highest and each.strategy != OLDEST_EMULATION_VERSION
        for each in siblings
    ):
        yield invalid_shortened(
            "spec.strategy",
            spec.strategy,
            "live candidates of this lease have another strategy and a lower binaryVersion, so "
            "this one would take the lease over; remove those first",
        )


def _is_highest(write: Write) -> bool:
    ours = version.order[write.candidate.spec.binary_version]
    return all(version.order[sibling.binary_version] <= ours for sibling in live_siblings(write))


def _conflicts(write: Write) -> Iterator[FieldError]:
    spec = write.candidate.spec
    ours = version.order[spec.binary_version]
    others: Counter[str] = Counter()
    for sibling in live_siblings(write):
        same_version = version.order[sibling.binary_version] == ours
        if same_version and sibling.strategy != spec.strategy:
            others[sibling.strategy] += sibling.count
    if others and write.confidential:
        yield invalid_shortened(
            "spec.strategy",
            spec.strategy,
            "live candidates of this lease with this binaryVersion have another strategy; "
            "give all the same one",
        )
        return
    most_common_first = sorted(others.items(), key=lambda item: (-item[1], item[0]))
    for strategy, count in most_common_first[:_SHOWN_STRATEGIES]:
        candidates, have = ("candidate", "has") if count == 1 else ("candidates", "have")
        yield invalid_shortened(
            "spec.strategy",
            spec.strategy,
            f"{count} other live {candidates} with this binaryVersion {have} strategy "
            f"{quote_shortened(strategy)}; give all the same one",
        )


RULES: Final = (
    Rule(
        id="strategy-conflict",
        title="Candidates with the highest binaryVersion must agree on the strategy",
        why="The election of the lease stops until they do.",
        source=_SOURCE,
        operations=WRITES,
        check=strategy_conflict,
        twin=NO_SIBLINGS,
        default_action=Action.WARN,
        looks_at=_LOOKS_AT,
        needs_siblings=True,
    ),
    Rule(
        id="strategy-conflict-lower",
        title="Candidates with the same lower binaryVersion should agree on the strategy",
        why="They do not decide, but depending on their order the election can still stop.",
        source=_SOURCE,
        operations=WRITES,
        check=strategy_conflict_lower,
        twin=NO_SIBLINGS,
        default_action=Action.WARN,
        strict_action=Action.WARN,
        looks_at=_LOOKS_AT,
        needs_siblings=True,
    ),
    Rule(
        id="strategy-takeover",
        title="A newer candidate should not take a lease over from another strategy",
        why="A lease changes hands between two strategies only when somebody removes "
        "the first ones.",
        source=_SOURCE,
        operations=WRITES,
        check=strategy_takeover,
        twin=NO_SIBLINGS,
        default_action=Action.WARN,
        looks_at=_LOOKS_AT,
        needs_siblings=True,
    ),
)
