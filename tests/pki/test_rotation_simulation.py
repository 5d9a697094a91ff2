"""Years of rotations with faults: no ready replica ever serves what a bundle does not verify."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from app.pki import rotation
from app.pki.lifetimes import Lifetimes
from app.pki.rotation_terms import Authority, Change, DropAuthorities, Forget, State, View
from tests.pki.rotation_model import Cluster, Replica

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.no_cover

HOUR = 3600.0
YEAR = 365 * 24 * HOUR
LIFETIMES = Lifetimes(
    authority=90 * 24 * HOUR,
    leaf=20 * 24 * HOUR,
    look_ahead=6 * 24 * HOUR,
    propagation=300,
    clock_margin=300,
)
STEPS = 25_000
STALLS = (*[0.0] * 6, 60.0, HOUR, 24 * HOUR, 12 * 24 * HOUR)


def lose_the_secret(cluster: Cluster) -> None:
    cluster.state = State()


def lose_the_key(cluster: Cluster) -> None:
    cluster.state = replace(cluster.state, can_issue=False)


def lose_the_leaf(cluster: Cluster) -> None:
    cluster.state = replace(cluster.state, leaf=None, early="")


def lose_the_state(cluster: Cluster) -> None:
    """Lose state.json alone; `read_contents` makes this of it."""
    until = cluster.monotonic + cluster.lifetimes.leaf + cluster.lifetimes.clock_margin
    cluster.state = State(
        authorities=tuple(
            Authority(one.fingerprint, one.not_after, keep_until=until)
            for one in cluster.state.authorities
        ),
        leaf=cluster.state.leaf,
    )


def restart(cluster: Cluster) -> None:
    index = cluster.random.randrange(len(cluster.replicas))
    offset = cluster.replicas[index].offset
    cluster.replicas[index] = Replica(cluster.fresh_name("replica"), offset)


def restart_all(cluster: Cluster) -> None:
    cluster.replicas = [
        Replica(cluster.fresh_name("replica"), one.offset) for one in cluster.replicas
    ]


def cut_one_off(cluster: Cluster) -> None:
    one = cluster.random.choice(cluster.replicas)
    one.cut_off_until = cluster.monotonic + cluster.random.choice(
        [60, HOUR, 24 * HOUR, 30 * 24 * HOUR]
    )


def set_a_clock(cluster: Cluster) -> None:
    one = cluster.random.choice(cluster.replicas)
    one.offset = cluster.random.uniform(-0.5, 0.5) * cluster.lifetimes.clock_margin


def empty_a_bundle(cluster: Cluster) -> None:
    """Empty one of both: a CA that is gone from everywhere at once is one that nobody can keep."""
    cluster.set_bundle(0, {})


def ask_for_a_new_authority(cluster: Cluster) -> None:
    if (newest := cluster.state.newest) is not None:
        cluster.state = replace(cluster.state, unwanted=newest.fingerprint)


FAULTS: list[Callable[[Cluster], None]] = [
    lose_the_secret,
    lose_the_key,
    lose_the_leaf,
    lose_the_state,
    restart,
    restart,
    restart,
    restart_all,
    cut_one_off,
    cut_one_off,
    set_a_clock,
    empty_a_bundle,
    ask_for_a_new_authority,
]


def simulate(seed: int, steps: int, faults: list[Callable[[Cluster], None]]) -> Cluster:
    """Run a cluster; an AssertionError says when and how the promise was broken."""
    random = Random(seed)  # noqa: S311  the same faults each time
    cluster = Cluster(random, LIFETIMES, stalls=STALLS if faults else (0.0,))
    cluster.replicas = [Replica(cluster.fresh_name("replica")) for _ in range(3)]
    for number in range(steps):
        cluster.step(random.choice(cluster.replicas))
        broken = cluster.broken()
        assert broken is None, f"seed {seed}, step {number}: {broken}"
        if faults and random.random() < 0.01:
            random.choice(faults)(cluster)
        # Mostly the pace of the real loop; now and then hours or days in which nothing happens.
        pause = random.choice([1, 5, 15, 15, 15, 15, 60])
        cluster.monotonic += random.uniform(HOUR, 48 * HOUR) if random.random() < 0.02 else pause
    return cluster


def rotate_beside_one_that_is_held_up_before_it_registers() -> None:
    cluster = simulate(seed=3, steps=100, faults=[])
    late = Replica("late")
    while late.serving is None:
        cluster.step(late)
    first, others = late.serving.issuer, list(cluster.replicas)
    cluster.replicas.append(late)
    ask_for_a_new_authority(cluster)
    for _ in range(300):
        cluster.step(cluster.random.choice(others))
        assert (broken := cluster.broken()) is None, broken
        cluster.monotonic += 15
    assert cluster.state.authority(first) is None, "nobody waited for it"


def simulate_many(seeds: int) -> None:
    for seed in range(seeds):
        simulate(seed, STEPS, FAULTS)


def test_without_faults_a_year_has_as_many_rotations_as_lifetimes_ask_for() -> None:
    cluster = simulate(seed=1, steps=10_000, faults=[])
    years = (cluster.monotonic - cluster.began) / YEAR
    each = LIFETIMES.authority - LIFETIMES.leaf - LIFETIMES.look_ahead
    assert cluster.rotations == pytest.approx(1 + years * YEAR / each, abs=1)


def test_a_new_authority_can_be_asked_for_at_any_time_and_comes_once() -> None:
    cluster = simulate(seed=2, steps=500, faults=[])
    first = cluster.state.newest
    ask_for_a_new_authority(cluster)
    for _ in range(500):
        cluster.step(cluster.random.choice(cluster.replicas))
        assert cluster.broken() is None
        assert cluster.ready() == cluster.replicas, "nobody was unready for a moment"
        cluster.monotonic += 15
    assert cluster.rotations == 2
    assert first not in cluster.state.authorities
    newest = cluster.state.newest
    assert newest is not None
    assert {one.serving.issuer for one in cluster.replicas if one.serving} == {newest.fingerprint}


@pytest.mark.parametrize("seed", range(5))
def test_no_ready_replica_serves_what_a_bundle_may_not_verify(seed: int) -> None:
    cluster = simulate(seed, STEPS, FAULTS)
    assert cluster.monotonic - cluster.began > YEAR
    assert cluster.rotations > 20


@pytest.mark.parametrize(
    "fault", [lose_the_secret, lose_the_key, lose_the_leaf, lose_the_state, ask_for_a_new_authority]
)
def test_who_is_ready_stays_so_whatever_happens_to_the_secret(
    fault: Callable[[Cluster], None],
) -> None:
    cluster = simulate(seed=3, steps=100, faults=[])
    assert cluster.ready() == cluster.replicas
    for number in range(1_500):
        if number % 50 == 0:
            fault(cluster)
        cluster.step(cluster.random.choice(cluster.replicas))
        assert cluster.broken() is None
        assert cluster.ready() == cluster.replicas, f"step {number}"
        cluster.monotonic += cluster.random.choice([5, 15, 15, HOUR])


def _drop_at_once(view: View, _lifetimes: Lifetimes) -> tuple[Change, ...]:
    old = frozenset(authority.fingerprint for authority in view.state.authorities[:-1])
    return (DropAuthorities(old),) if old else ()


def _forget_everybody(view: View, _lifetimes: Lifetimes) -> tuple[Change, ...]:
    others = frozenset(view.state.replicas) - {view.replica}
    return (Forget(others),) if others else ()


def test_who_is_not_in_the_register_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    rotate_beside_one_that_is_held_up_before_it_registers()
    monkeypatch.setattr(rotation, "_is_kept", lambda *_: True)
    with pytest.raises(AssertionError, match="late is ready with"):
        rotate_beside_one_that_is_held_up_before_it_registers()


@pytest.mark.parametrize(
    ("mechanism", "broken"),
    [
        pytest.param("is_propagated", lambda *_: True, id="without the wait for kube-apiservers"),
        pytest.param("_dropping", _drop_at_once, id="without the overlap of old and new CA"),
        pytest.param("_forgetting", _forget_everybody, id="without the register of replicas"),
        pytest.param("_restoring", lambda *_: (), id="without bringing back what the Secret lost"),
        pytest.param("is_early", lambda *_: False, id="ready with a leaf of a CA just published"),
    ],
)
def test_the_promise_is_broken_without_each_mechanism(
    monkeypatch: pytest.MonkeyPatch, mechanism: str, broken: Callable[..., object]
) -> None:
    monkeypatch.setattr(rotation, mechanism, broken)
    with pytest.raises(AssertionError, match="is ready with"):
        simulate_many(5)
