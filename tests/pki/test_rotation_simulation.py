"""Years of rotations with faults: no ready replica ever serves what a caBundle does not verify."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from app.pki import rotation
from app.pki.lifetimes import Lifetimes
from app.pki.rotation import Sightings
from app.pki.rotation_state import Mark, View
from tests.pki.rotation_faults import (
    DAY,
    FAULTS,
    HOUR,
    add_to_a_bundle,
    ask_for_a_new_authority,
    empty_a_bundle,
    empty_all_bundles,
    lose_an_authority,
    lose_the_keys,
    lose_the_secret,
    replace_a_bundle,
    reset_a_bundle,
    restart_all,
)
from tests.pki.rotation_model import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from app.pki.rotation import Instant
    from app.pki.rotation_state import Authority, Change, State

pytestmark = pytest.mark.no_cover

LIFETIMES = Lifetimes(
    authority=90 * DAY, leaf=20 * DAY, look_ahead=6 * DAY, propagation=300, clock_margin=300
)
STALLS = (*[0.0] * 6, 60.0, HOUR, DAY, 12 * DAY)
STEPS = 30_000


def simulate(
    seed: int, steps: int, faults: Sequence[Callable[[Cluster], None]] = (), replicas: int = 5
) -> Cluster:
    """Run a cluster; an AssertionError says when and how the promise was broken."""
    cluster = Cluster(Random(seed), LIFETIMES, stalls=STALLS if faults else ())  # noqa: S311
    cluster.add_replicas(replicas)
    run(cluster, steps, faults, f"seed {seed}")
    return cluster


def simulate_many(seeds: int) -> None:
    for seed in range(seeds):
        simulate(seed, 10_000, FAULTS)


def run(
    cluster: Cluster, steps: int, faults: Sequence[Callable[[Cluster], None]] = (), name: str = ""
) -> None:
    random = cluster.random
    for number in range(steps):
        cluster.step(random.choice(cluster.replicas))
        broken = cluster.broken()
        assert broken is None, f"{name}, step {number}: {broken}"
        if faults and random.random() < 0.01:
            random.choice(faults)(cluster)
        # Mostly the pace of the real loop; now and then hours or days in which nothing happens.
        cluster.time += random.uniform(HOUR, 48 * HOUR) if random.random() < 0.02 else 5


@pytest.mark.parametrize("seed", range(6))
def test_no_ready_replica_serves_what_a_bundle_may_not_verify(seed: int) -> None:
    cluster = simulate(seed, STEPS, FAULTS)
    assert cluster.time - cluster.began > 365 * DAY
    cluster.is_away = cluster.is_read_only = False
    for one in cluster.replicas:
        one.held_up_until = 0
    cluster.stalls = ()
    run(cluster, 1000)
    assert cluster.ready() == cluster.replicas, "all recover once the faults end"


def test_a_quiet_cluster_rotates_as_often_as_its_lifetimes_say() -> None:
    cluster = simulate(1, 10_000)
    each = LIFETIMES.authority - LIFETIMES.leaf - LIFETIMES.look_ahead
    assert cluster.made - 5 == pytest.approx(1 + (cluster.time - cluster.began) / each, abs=1)
    assert cluster.ready() == cluster.replicas


def test_all_replicas_may_restart_at_every_step_of_a_rotation_and_are_ready_at_once() -> None:
    cluster = simulate(2, 100)
    first = cluster.state.newest
    ask_for_a_new_authority(cluster)
    for _ in range(int(LIFETIMES.leaf / (6 * HOUR)) + 8):
        for _ in range(3):
            cluster.step(cluster.random.choice(cluster.replicas))
            restart_all(cluster)
            for one in cluster.replicas:
                cluster.settle(one)
            assert cluster.ready() == cluster.replicas
            assert cluster.broken() is None
        run(cluster, int(LIFETIMES.propagation / 4))
        cluster.time += 6 * HOUR
    assert first not in cluster.state.authorities
    assert len(cluster.state.authorities) == 1


@pytest.mark.parametrize(
    "reset", [empty_a_bundle, empty_all_bundles, reset_a_bundle, replace_a_bundle, add_to_a_bundle]
)
@pytest.mark.parametrize("phase", ["steady", "two CAs", "just switched"])
def test_a_bundle_that_somebody_resets_is_mended_by_whoever_acts_first(
    reset: Callable[[Cluster], None], phase: str
) -> None:
    cluster = simulate(3, 100)
    if phase != "steady":
        ask_for_a_new_authority(cluster)
        run(cluster, 20)
    if phase == "just switched":
        cluster.time += LIFETIMES.propagation
        run(cluster, 20)
    reset(cluster)
    for one in cluster.replicas:
        cluster.settle(one)
        assert {frozenset(bundle) for bundle in cluster.bundles} == {
            frozenset(each.fingerprint for each in cluster.state.authorities)
        }
        assert cluster.problem(one) is None
    assert cluster.ready() == cluster.replicas
    assert cluster.broken() is None


@pytest.mark.parametrize("fault", [lose_the_secret, lose_the_keys, lose_an_authority])
def test_who_is_ready_stays_so_whatever_happens_to_the_secret(
    fault: Callable[[Cluster], None],
) -> None:
    cluster = simulate(3, 100)
    for number in range(1_500):
        if number % 50 == 0:
            fault(cluster)
        cluster.step(cluster.random.choice(cluster.replicas))
        assert cluster.broken() is None
        assert cluster.ready() == cluster.replicas, f"step {number}"
        cluster.time += cluster.random.choice([5, 15, 15, HOUR])


def test_beside_a_replica_of_the_previous_version_nothing_is_added_or_dropped() -> None:
    cluster = simulate(4, 100)
    until = cluster.time + 20 * DAY
    ask_for_a_new_authority(cluster)
    cluster.state = replace(cluster.state, previous_until=until)
    before = cluster.state
    while cluster.time < until:
        cluster.step(cluster.random.choice(cluster.replicas))
        cluster.time += HOUR
        assert cluster.state == before
        assert cluster.ready() == cluster.replicas
    run(cluster, 200)
    assert len(cluster.state.authorities) == 2


def _nothing(*_: object) -> tuple[()]:
    return ()


def _drop_at_once(authority: Authority, _lifetimes: Lifetimes) -> float:
    return 0.0 if authority.retired_at is not None else authority.not_after


def _mark_at_once(state: State, view: View, *_: object) -> Iterator[Change]:
    for one in state.authorities:
        if one.has_key and not one.is_propagated and view.everywhere(one.fingerprint):
            yield Mark(one.fingerprint, is_propagated=True)


def _go_on_counting(
    before: Sightings, published: Iterable[Iterable[str]], _: object, at: Instant
) -> Sightings:
    return _AFTER(before, published, before.revisions, at)


_AFTER = Sightings.after


@pytest.mark.parametrize(
    ("owner", "mechanism", "broken"),
    [
        pytest.param(rotation, "_mark", _mark_at_once, id="without the propagation time"),
        pytest.param(rotation, "drop_time", _drop_at_once, id="without the overlap of both CAs"),
        pytest.param(rotation, "_take_up", _nothing, id="without taking up what was lost"),
        pytest.param(rotation, "_clear", _nothing, id="without clearing a mark"),
        pytest.param(View, "everywhere", lambda *_: True, id="without looking at caBundles"),
        pytest.param(Sightings, "after", _go_on_counting, id="without counting anew"),
        pytest.param(rotation, "_is_stale", lambda *_: False, id="with looks that took too long"),
    ],
)
def test_the_promise_is_broken_without_each_mechanism(
    monkeypatch: pytest.MonkeyPatch, owner: object, mechanism: str, broken: object
) -> None:
    monkeypatch.setattr(owner, mechanism, broken)
    with pytest.raises(AssertionError, match="is ready with"):
        simulate_many(100)
