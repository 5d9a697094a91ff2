"""Who leads the elections of the cluster: a few series for each Lease, of a bounded number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prometheus_client import Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prometheus_client import CollectorRegistry

_PREFIX: Final = "leasegate_election_"
_LABELS: Final = ("lease_namespace", "lease")
"""Not `namespace`: by that label Prometheus tells in which namespace the scraped pod is."""

Samples = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseSample:
    """One Lease. `since` are Unix times; None is what does not apply, or is not known."""

    namespace: str
    name: str
    state: str
    is_held: bool
    expired_seconds: float | None = None
    has_conflict: bool | None = None
    candidates: Mapping[str, int] = field(default_factory=dict)
    asked_since: float | None = None
    unanswered_since: float | None = None


@dataclass(frozen=True, slots=True)
class ElectionSamples:
    """The Leases that are shown one by one, and by state how many others there are."""

    leases: Iterable[LeaseSample] = ()
    not_shown: Mapping[str, int] = field(default_factory=dict)


class ElectionMetrics:
    """Has no series until elections are followed."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def watch(self, samples: Callable[[], ElectionSamples], heard: Callable[[], float]) -> None:
        """Add the series of `samples`, and when the API server last sent something on Leases."""
        self._registry.register(_Elections(samples))
        Gauge(
            "leasegate_leases_heard_timestamp_seconds",
            "Unix time at which the API server was last heard of Leases; 0 for never.",
            registry=self._registry,
        ).set_function(heard)


class _Elections(Collector):
    def __init__(self, samples: Callable[[], ElectionSamples]) -> None:
        self._samples = samples

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._samples()
        leases = [((each.namespace, each.name), each) for each in found.leases]
        yield _family(
            "leader",
            "1 where somebody holds the Lease, 0 where it has no leader.",
            ((key, each.is_held) for key, each in leases),
        )
        yield _family(
            "expired_seconds",
            "Seconds since the Lease ran out; 0 while it is held, absent where it never began.",
            (
                (key, each.expired_seconds)
                for key, each in leases
                if each.expired_seconds is not None
            ),
        )
        yield _family(
            "state",
            "1 for the state of the Lease, as `leasegate explain` names it.",
            (((*key, each.state), 1) for key, each in leases),
            "state",
        )
        yield _family(
            "candidates",
            "Candidates of the Lease, by what the election makes of them; absent for 0.",
            (
                ((*key, verdict), number)
                for key, each in leases
                for verdict, number in each.candidates.items()
            ),
            "verdict",
        )
        yield _family(
            "conflict",
            "1 where candidates disagree on the strategy; only of Leases that have candidates.",
            ((key, each.has_conflict) for key, each in leases if each.has_conflict is not None),
        )
        yield _family(
            "asked_to_yield_timestamp_seconds",
            "Unix time at which the leader was asked to yield; absent while it is not.",
            ((key, each.asked_since) for key, each in leases if each.asked_since is not None),
        )
        yield _family(
            "unanswered_ping_timestamp_seconds",
            "Unix time of the oldest ping that a live candidate left unanswered, if any.",
            (
                (key, each.unanswered_since)
                for key, each in leases
                if each.unanswered_since is not None
            ),
        )
        others = GaugeMetricFamily(
            "leasegate_elections_not_shown",
            "Leases without series of their own, since there are too many, by state.",
            labels=["state"],
        )
        for state, number in found.not_shown.items():
            others.add_metric([state], number)
        yield others


def _family(
    name: str, documentation: str, samples: Iterable[Samples], *more: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(_PREFIX + name, documentation, labels=[*_LABELS, *more])
    for values, value in samples:
        family.add_metric(values, value)
    return family
