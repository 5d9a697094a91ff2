"""Random cases of an election, most of them at the edge of one of its comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Final

from app.leasecandidate import MicroTime
from app.leasecandidate.election import Candidate, End, Lease, step

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

NOW: Final = MicroTime.parse("2001-02-03T04:05:06.700000Z")
"""Far from the time of day, which the controller takes for the one time it does not get told."""

_MICROSECOND: Final = timedelta(microseconds=1)
_EDGES: Final = [timedelta(seconds=seconds) for seconds in (0, 5, 10, 15, 900, 1800)]
_AGES: Final = [
    *(edge + offset for edge in _EDGES for offset in (-_MICROSECOND, timedelta(0), _MICROSECOND)),
    *(timedelta(seconds=seconds) for seconds in (-20, -5, -1, 0.3, 1, 2, 4, 6, 60, 1000, 4000)),
]
_FRESH: Final = [timedelta(seconds=seconds) for seconds in (0, 0.5, 1, 2, 3, 4, 4.999999)]
_VERSIONS: Final = (
    *("1.36.0", "1.37.0", "1.37.1", "1.37.1-alpha.1", "1.37.1-alpha.2", "1.37.1-beta", "1.37.1+b"),
    *("v1.37.0", " 1.37.0", "1.37", "1", "01.037.00", "1.2.-rc", "\u20031.37.1", "\x1c1.37.1"),
    *("", "0.0.0", "x", "1.37-alpha", "1.37.0.0", "V1.37.0", "vv1.37.0", "1.-1.0", "-1"),
    *("18446744073709551615.0.0", "18446744073709551616.0.0", "1.37.1-01", "1.37.1-1a"),
)
_PLAIN: Final = ("1.36.0", "1.37.0", "1.37.1")
_OURS: Final = "OldestEmulationVersion"
_STRATEGIES: Final = (_OURS, "example.com/newest", "example.com/other", "")
_NAMES: Final = ("a", "b", "c", "d")
_ANY: Final = 0.9


@dataclass(frozen=True, slots=True)
class Case:
    """What is stored at NOW."""

    candidates: tuple[Candidate, ...]
    lease: Lease | None

    def orders(self) -> list[tuple[int, ...]]:
        """Return every order in which the candidates can be listed."""
        return list(permutations(range(len(self.candidates))))


def draw(rng: random.Random) -> Case:
    """Return a case that an election covers: a wanted holder never meets a Lease without one."""
    while True:
        case = _any(rng) if rng.random() < _ANY else divided(rng)
        ends = {
            step([case.candidates[index] for index in order], case.lease, NOW).end
            for order in case.orders()
        }
        if End.NOT_COVERED not in ends:
            return case


def _any(rng: random.Random) -> Case:
    number = rng.choices(range(5), (1, 6, 12, 14, 3))[0]
    has_plain_versions, has_one_strategy = rng.random() < 0.7, rng.random() < 0.75
    are_fresh = rng.random() < 0.55
    strategies = (rng.choice((_OURS, _OURS, _OURS, *_STRATEGIES)),)
    candidates = []
    for name in _NAMES[:number]:
        renew_time = _time(rng, are_fresh=are_fresh)
        ping_time = _time(rng, are_fresh=False) if rng.random() < 0.6 else None
        candidates.append(
            Candidate(
                name=name,
                binary_version=rng.choice(_PLAIN if has_plain_versions else _VERSIONS),
                emulation_version=rng.choice(_PLAIN if has_plain_versions else _VERSIONS),
                strategy=rng.choice(strategies if has_one_strategy else _STRATEGIES),
                renew_time=renew_time,
                ping_time=renew_time if rng.random() < 0.1 else ping_time,
                created=_created(rng),
            )
        )
    return Case(tuple(candidates), _lease(rng, candidates) if rng.random() < 0.85 else None)


def divided(rng: random.Random, names: Sequence[str] = _NAMES) -> Case:
    """Return some of which a few do not answer any more: there their order matters most."""
    candidates = []
    for name in names:
        has_answered = rng.random() < 0.6
        candidates.append(
            Candidate(
                name=name,
                binary_version=rng.choice(_PLAIN),
                emulation_version=rng.choice(_PLAIN[:2]),
                strategy=rng.choice((_OURS, _OURS, "example.com/other")),
                renew_time=NOW - timedelta(seconds=1 if has_answered else 20),
                ping_time=None if has_answered else NOW - timedelta(seconds=10),
                created=NOW,
            )
        )
    lease = Lease(rng.choice(names), 15, NOW - timedelta(seconds=1), None, _OURS, None)
    return Case(tuple(candidates), lease)


def _time(rng: random.Random, *, are_fresh: bool) -> MicroTime | None:
    if rng.random() < 0.03:
        return None
    return NOW - rng.choice(_FRESH if are_fresh and rng.random() < 0.9 else _AGES)


def _created(rng: random.Random) -> MicroTime | None:
    if rng.random() < 0.05:
        return None
    seconds = NOW.microseconds // 1_000_000 - rng.choice((0, 0, 1, 2))
    return MicroTime(seconds * 1_000_000)


def _lease(rng: random.Random, candidates: Sequence[Candidate]) -> Lease:
    names = [candidate.name for candidate in candidates]
    return Lease(
        holder_identity=rng.choice([*names, *names, "gone", "", None]),
        lease_duration_seconds=rng.choice((None, 1, 5, 5, 15, 15)),
        renew_time=_time(rng, are_fresh=rng.random() < 0.4),
        acquire_time=rng.choice((None, NOW - timedelta(seconds=100))),
        strategy=rng.choice((None, _OURS, _OURS, "example.com/newest", "")),
        preferred_holder=rng.choice((None, None, "", "gone", *names)),
    )
