"""Plain numbers are shown just as prometheus-client shows its own counters and histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from app.server.metrics.decisions import BUCKETS
from app.server.metrics.tallies import DurationHistogram, Tallies

if TYPE_CHECKING:
    from collections.abc import Iterable

values = st.sampled_from(["validate", "mutate", 'a "quoted" \\ one\n'])


def shown(registry: CollectorRegistry) -> list[bytes]:
    """Return what is scraped, without the times of creation that the library adds."""
    lines = generate_latest(registry).splitlines()
    return [line for line in lines if b"_created" not in line]


def histograms(observations: Iterable[tuple[str, float]]) -> tuple[list[bytes], list[bytes]]:
    """Return what ours shows of these seconds, and what the library's shows."""
    registry, library = CollectorRegistry(), CollectorRegistry()
    ours = DurationHistogram("d_seconds", "Durations.", "webhook", BUCKETS)
    registry.register(ours)
    theirs = Histogram("d_seconds", "Durations.", ["webhook"], buckets=BUCKETS, registry=library)
    for webhook, seconds in observations:
        ours.labels(webhook).observe(seconds)
        theirs.labels(webhook).observe(seconds)
    return shown(registry), shown(library)


@given(st.lists(st.tuples(values, st.floats(0, 100) | st.sampled_from(BUCKETS))))
def test_a_histogram(observations: list[tuple[str, float]]) -> None:
    ours, theirs = histograms(observations)
    assert ours == theirs


@pytest.mark.parametrize("seconds", BUCKETS)
def test_a_duration_falls_into_the_bucket_whose_bound_it_is(seconds: float) -> None:
    ours, theirs = histograms([("validate", seconds)])
    assert ours == theirs


@given(st.lists(st.tuples(values, values)))
def test_a_counter(events: list[tuple[str, str]]) -> None:
    registry, library = CollectorRegistry(), CollectorRegistry()
    ours = Tallies("events", "Events.", ["one", "other"])
    registry.register(ours)
    theirs = Counter("events", "Events.", ["one", "other"], registry=library)
    for event in events:
        ours.labels(*event).count += 1
        theirs.labels(*event).inc()
    assert shown(registry) == shown(library)
