"""Replicas that are held up for days in the middle of a step, and then cut off."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from app.pki.rotation_state import applied
from tests.pki import rotation_model
from tests.pki.rotation_faults import DAY, ask_for_a_new_authority
from tests.pki.rotation_model import Cluster, Replica
from tests.pki.test_rotation_simulation import LIFETIMES, run

if TYPE_CHECKING:
    from app.pki.rotation_state import Change, State

pytestmark = pytest.mark.no_cover


class HeldUp(Cluster):
    """A cluster in which the replicas `waiting` come no further than to a plan."""

    waiting: tuple[Replica, ...] = ()

    def is_held_up(self, one: Replica) -> bool:
        return one in self.waiting and one.plan is not None


def a_cluster() -> HeldUp:
    cluster = HeldUp(Random(1), LIFETIMES)  # noqa: S311
    cluster.add_replicas(2)
    run(cluster, 50)
    ask_for_a_new_authority(cluster)
    run(cluster, 20)
    return cluster


def let_them_drop_the_old_authority(cluster: HeldUp, late: Replica) -> None:
    """Go on without `late`, which nobody sees any more."""
    cluster.replicas.append(late)
    late.held_up_until = cluster.time + 1000 * DAY
    for _ in range(2000):
        run(cluster, 1)
        cluster.time += 0.02 * DAY
        broken = cluster.broken()
        assert broken is None, broken
    assert len(cluster.state.authorities) == 1


def sign_late() -> None:
    """Let one read that the old CA signs, and sign ten days later."""
    cluster = a_cluster()
    late = Replica("late")
    cluster.waiting = (late,)
    cluster.step(late)
    assert late.plan is not None
    assert late.plan.sign == cluster.state.authorities[0].fingerprint
    cluster.time += LIFETIMES.propagation
    run(cluster, 50)
    cluster.time += 10 * DAY
    cluster.waiting = ()
    cluster.step(late)
    let_them_drop_the_old_authority(cluster, late)


def mark_late() -> None:
    """Let one decide that the new CA signs, and write that ten days later, alone meanwhile."""
    cluster = a_cluster()
    marker = cluster.replicas[0]
    cluster.waiting, cluster.replicas = (marker,), [marker]
    cluster.time += LIFETIMES.propagation
    cluster.step(marker)
    assert marker.plan is not None
    assert marker.plan.changes
    late = Replica("late")
    cluster.time += 9 * DAY
    cluster.step(late)
    assert late.leaf is not None
    cluster.time += DAY
    cluster.waiting = ()
    cluster.step(marker)
    let_them_drop_the_old_authority(cluster, late)


def test_the_life_of_a_leaf_counts_from_before_its_ca_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_late()
    monkeypatch.setattr(HeldUp, "life_begins", Cluster.now)
    with pytest.raises(AssertionError, match="late is ready with"):
        sign_late()


def _retire_in_time(state: State, change: Change) -> State:
    """Let a CA retire by the time when somebody decided that its successor signs."""
    after = applied(state, change)
    decided = 1_000_000.0 + LIFETIMES.propagation
    authorities = tuple(
        one if one.has_key else replace(one, retired_at=decided) for one in after.authorities
    )
    return replace(after, authorities=authorities)


def test_a_ca_retires_only_once_it_was_read_without_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark_late()
    monkeypatch.setattr(rotation_model, "applied", _retire_in_time)
    with pytest.raises(AssertionError, match="late is ready with"):
        mark_late()
