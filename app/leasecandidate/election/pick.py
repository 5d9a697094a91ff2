"""Who is the best of some candidates, and which strategy counts (kubernetes election.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate import version
from app.leasecandidate.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from semver import Version

    from app.leasecandidate.election.model import Candidate

# White space as Go's unicode.IsSpace has it; Python's strip() would take U+001C to U+001F too.
_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_PARTS: Final = 3
_MOST_TIED: Final = 8


def _parse_tolerant(text: str) -> Version | None:
    parts = text.strip(_SPACE).removeprefix("v").split(".", _PARTS - 1)
    parts = [_without_leading_zeros(part) for part in parts]
    if len(parts) < _PARTS and ("+" in parts[-1] or "-" in parts[-1]):
        return None
    return version.parse(".".join(parts + ["0"] * (_PARTS - len(parts))))


def _without_leading_zeros(part: str) -> str:
    if not part:
        return part
    rest = part.lstrip("0")
    # What then begins with no digit gets a zero, `-rc` too.
    return rest if rest[:1] in set("0123456789") else f"0{rest}"


remembered: Final = Memory(_parse_tolerant)


def parse_tolerant(text: str) -> Version | None:
    """Return the version as an election reads it (blang/semver ParseTolerant), None for none.

    White space around it, one leading `v` and leading zeros are dropped; missing parts are 0.
    """
    return remembered[text]


def is_electable(candidate: Candidate) -> bool:
    """Whether OldestEmulationVersion can pick it: both of its versions can be read."""
    return (
        remembered[candidate.emulation_version] is not None
        and remembered[candidate.binary_version] is not None
    )


def electees(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the best by OldestEmulationVersion: of several, the first in its list is elected.

    Lowest emulationVersion, then lowest binaryVersion, then older. The strategy of a candidate is
    not looked at (pickBestLeaderOldestEmulationVersion).
    """
    best: list[Candidate] = []
    for candidate in candidates:
        if not is_electable(candidate):
            continue
        if best and (order := _order(candidate, best[0])) > 0:
            continue
        if best and order == 0:
            best.append(candidate)
        else:
            best = [candidate]
    return best


def _order(one: Candidate, other: Candidate) -> int:
    """Return a number below 0 where `one` is better."""
    return (
        _or_zero(one.emulation_version).compare(_or_zero(other.emulation_version))
        or _or_zero(one.binary_version).compare(_or_zero(other.binary_version))
        or (_age(one) > _age(other)) - (_age(one) < _age(other))
    )


def _age(candidate: Candidate) -> tuple[int, int]:
    created = candidate.created
    return (0, 0) if created is None else (1, created.microseconds)


def strategy_in_order(candidates: Sequence[Candidate]) -> str | None:
    """Return the strategy of the highest binaryVersion, None for a conflict (pickBestStrategy).

    Candidates are looked at one after the other, so two that disagree are a conflict even where a
    higher one follows.
    """
    first, *others = candidates
    strategy, highest = first.strategy, _or_zero(first.binary_version)
    for candidate in others:
        binary_version = _or_zero(candidate.binary_version)
        order = highest.compare(binary_version)
        if order < 0:
            strategy, highest = candidate.strategy, binary_version
        elif order == 0 and candidate.strategy != strategy:
            return None
    return strategy


def strategies(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return one candidate for each strategy at the highest binaryVersion: two are a conflict."""
    highest: Version = version.ZERO
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        binary_version = _or_zero(candidate.binary_version)
        order = binary_version.compare(highest)
        if order > 0:
            highest, found = binary_version, {}
        if order >= 0:
            found.setdefault(candidate.strategy, candidate)
    return list(found.values())


def orders(
    candidates: Sequence[Candidate], answered: Sequence[Candidate]
) -> Iterator[list[Candidate]]:
    """Yield orders of the list that between them lead to every outcome that an order can lead to.

    kube-apiserver's list has the order of a Go map. It matters where several are best, and where
    candidates that do not have the highest binaryVersion disagree on the strategy. Of many that
    are equally good, eight come first in turn.
    """
    best = [*electees(candidates)[:_MOST_TIED], *electees(answered)[:_MOST_TIED]]
    for first in dict.fromkeys(best) or [None]:
        others = [candidate for candidate in candidates if candidate is not first]
        listed = others if first is None else [first, *others]
        ascending = sorted(listed, key=_binary_version)
        yield ascending
        yield sorted(listed, key=_binary_version, reverse=True)


def _binary_version(candidate: Candidate) -> Version:
    return _or_zero(candidate.binary_version)


def _or_zero(text: str) -> Version:
    return remembered[text] or version.ZERO
