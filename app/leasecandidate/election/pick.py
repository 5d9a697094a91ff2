"""Who is the best of some candidates, and which strategy counts (kubernetes election.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate import version
from app.leasecandidate.microtime import ZERO
from app.leasecandidate.text_cache import TextCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.leasecandidate.election.model import Candidate

# White space as Go's unicode.IsSpace has it; Python's strip() would take U+001C to U+001F too.
_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_PARTS: Final = 3
_MOST_TIED: Final = 8


def _tolerant(text: str) -> str:
    """Return what blang/semver's ParseTolerant passes to Parse; empty where it fails before."""
    parts = text.strip(_SPACE).removeprefix("v").split(".", _PARTS - 1)
    parts = [_without_leading_zeros(part) for part in parts]
    if len(parts) < _PARTS and ("+" in parts[-1] or "-" in parts[-1]):
        return ""
    return ".".join(parts + ["0"] * (_PARTS - len(parts)))


def _without_leading_zeros(part: str) -> str:
    if not part:
        return part
    rest = part.lstrip("0")
    # A part that then does not begin with a digit gets one zero back: `0` and `-rc` alike.
    return rest if rest[:1] in set("0123456789") else f"0{rest}"


place: Final = TextCache(lambda text: version.order[_tolerant(text)])
"""`place[text]` is the sort key of a version, as an election reads it.

White space around it, one leading `v` and leading zeros are dropped, missing parts are 0; a text
that is no version even then counts as 0.0.0.
"""

_is_version: Final = TextCache(lambda text: version.parse(_tolerant(text)) is not None)


def is_electable(candidate: Candidate) -> bool:
    """Whether OldestEmulationVersion can pick it: both of its versions can be read."""
    return _is_version[candidate.emulation_version] and _is_version[candidate.binary_version]


def electees(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the best by OldestEmulationVersion; of several, kube-apiserver elects its first one.

    Lowest emulationVersion, then lowest binaryVersion, then older. The strategy of a candidate is
    not looked at (pickBestLeaderOldestEmulationVersion).
    """
    electable = [candidate for candidate in candidates if is_electable(candidate)]
    best = min(map(_rank, electable), default=None)
    return [candidate for candidate in electable if _rank(candidate) == best]


def _rank(candidate: Candidate) -> tuple[version.Order, version.Order, int]:
    """Return the sort key of a candidate: the best one has the lowest."""
    created = candidate.created
    return (
        place[candidate.emulation_version],
        place[candidate.binary_version],
        ZERO.microseconds if created is None else created.microseconds,
    )


def strategy_in_order(candidates: Sequence[Candidate]) -> str | None:
    """Return the strategy of the highest binaryVersion, None for a conflict (pickBestStrategy).

    Candidates are looked at one after the other, so two that disagree are a conflict even where a
    higher one follows.
    """
    first, *others = candidates
    strategy, highest = first.strategy, place[first.binary_version]
    for candidate in others:
        binary_version = place[candidate.binary_version]
        if highest < binary_version:
            strategy, highest = candidate.strategy, binary_version
        elif highest == binary_version and candidate.strategy != strategy:
            return None
    return strategy


def strategies(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return one candidate for each strategy at the highest binaryVersion: two are a conflict."""
    highest = max((place[each.binary_version] for each in candidates), default=None)
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        if place[candidate.binary_version] == highest:
            found.setdefault(candidate.strategy, candidate)
    return list(found.values())


def orders(
    candidates: Sequence[Candidate], answered: Sequence[Candidate]
) -> Iterator[list[Candidate]]:
    """Yield enough orders of the candidates to reach every outcome that any order can have.

    kube-apiserver's list has the random order of a Go map. The order matters where several
    candidates are equally good, and where candidates below the highest binaryVersion disagree on
    the strategy: in the whole list, which decides whether an election is needed, or only among
    those who answered. At most eight of the equally good ones are put first in turn.
    """
    names = {candidate.name for candidate in answered}
    for best in _firsts(candidates, answered):
        listed = [*best, *(each for each in candidates if each not in best)]
        ascending = sorted(listed, key=_binary_version)
        yield ascending
        descending = sorted(listed, key=_binary_version, reverse=True)
        yield descending
        # One who did not answer hides from the whole list what those below it disagree on.
        hiding = next((each for each in descending if each.name not in names), None)
        if hiding is not None:
            top = _binary_version(hiding)
            below = [each for each in ascending if _binary_version(each) < top]
            above = [each for each in descending if _binary_version(each) >= top]
            yield [hiding, *below, *(each for each in above if each is not hiding)]


def _firsts(
    candidates: Sequence[Candidate], answered: Sequence[Candidate]
) -> Sequence[Sequence[Candidate]]:
    """Return whom lists begin with: one of the best, and one of the best who answered."""
    heard = electees(answered)[:_MOST_TIED]
    silent = [each for each in electees(candidates)[:_MOST_TIED] if each not in heard]
    pairs = [[best, each] for best in silent for each in heard]
    return [[each] for each in heard] + (pairs or [[best] for best in silent]) or [[]]


def _binary_version(candidate: Candidate) -> version.Order:
    return place[candidate.binary_version]
