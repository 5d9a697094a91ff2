"""A replica while the API server is away, and after somebody lost the Secret."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.pki.lifetimes import Lifetimes
from app.pki.stores import StoreError, StoreProblem
from tests.pki.replicas import AWAY, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 86_400.0
WAITING = "waiting until every kube-apiserver has the new caBundle"
READ_ONLY = StoreError(StoreProblem.FORBIDDEN, "cannot write the Secret: it is forbidden")


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        pytest.param(0.1, None, id="for hours"),
        pytest.param(9.9, None, id="past the time of renewal"),
        pytest.param(31, "the certificate has expired", id="longer than a leaf lives"),
    ],
)
def test_while_the_api_server_is_away_a_replica_stays_ready_with_what_it_has(
    days: float, problem: str | None
) -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    setting.now += days * DAY
    setting.bundles.errors = [AWAY]
    with pytest.raises(StoreError):
        asyncio.run(one.step())
    assert one.problem() == problem
    setting.settle(one)
    assert one.problem() is None


def test_one_that_starts_meanwhile_is_ready_when_the_api_server_is_back() -> None:
    setting = Setting()
    setting.settle(setting.replica("before"))
    late = setting.replica("late")
    setting.bundles.errors = [AWAY]
    with pytest.raises(StoreError):
        asyncio.run(late.step())
    assert late.problem() == "the Secret with the certificates was not read yet"
    setting.settle(late)
    assert late.problem() is None


def test_one_that_starts_while_nobody_may_write_is_ready() -> None:
    setting = Setting()
    setting.settle(setting.replica("before"))
    setting.secret.errors = [READ_ONLY] * 10
    late = setting.replica("late")
    setting.settle(late)
    assert late.problem() is None


def lose(data: dict[str, bytes]) -> None:
    data.clear()


def garble(data: dict[str, bytes]) -> None:
    data.update(dict.fromkeys(data, b"garbage"))


HARMS = pytest.mark.parametrize("harm", [lose, garble])


@HARMS
def test_a_lost_secret_that_nobody_may_write_makes_nobody_unready(
    harm: Callable[[dict[str, bytes]], None],
) -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    harm(setting.secret.data)
    setting.secret.errors = [READ_ONLY] * 3
    for _ in range(3):
        with pytest.raises(StoreError):
            asyncio.run(one.step())
        assert one.problem() is None


@HARMS
def test_a_lost_secret_brings_certificates_back_but_no_key(
    harm: Callable[[dict[str, bytes]], None],
) -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    (old,) = setting.authorities()
    old_key = setting.secret.data["ca.key"]
    harm(setting.secret.data)
    setting.settle(one)
    assert one.problem() is None
    assert setting.authorities()[0] == old
    assert len(setting.authorities()) == 2
    assert old_key not in setting.secret.data.values()
    late = setting.replica("late")
    setting.settle(late)
    assert late.problem() == WAITING
    setting.now += Lifetimes().propagation
    setting.settle(one, late)
    assert late.problem() is None


def test_where_secret_and_bundles_are_lost_at_once_replicas_sign_anew_at_once() -> None:
    setting = Setting()
    replicas = [setting.replica(name) for name in "ab"]
    setting.settle(*replicas)
    setting.secret.data.clear()
    setting.bundles.bundles = dict.fromkeys(setting.bundles.bundles, b"")
    setting.settle(*replicas)
    assert [one.problem() for one in replicas] == [None, None]


def test_a_reinstallation_over_a_secret_that_stayed_is_ready_at_once() -> None:
    setting = Setting()
    setting.settle(setting.replica("before"))
    setting.bundles.bundles = dict.fromkeys(setting.bundles.bundles, b"")
    after = setting.replica("after")
    setting.settle(after)
    assert after.problem() is None
    assert len(setting.authorities()) == 1


def test_the_ca_of_somebody_else_in_a_bundle_is_trusted_beside_ours_for_a_leafs_life() -> None:
    setting, other = Setting(), Setting()
    other.settle(other.replica())
    one = setting.replica()
    setting.settle(one)
    setting.bundles.bundles["Mutating"] += other.secret.data["ca.crt"]
    setting.settle(one)
    assert one.problem() is None
    assert len(setting.authorities()) == 2
    setting.now += 31 * DAY
    setting.settle(one)
    assert len(setting.authorities()) == 1
