"""A replica while the API server is away, and after somebody lost the Secret."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.pki.lifetimes import Lifetimes
from app.pki.stores import StoreError, StoreProblem
from tests.pki.replicas import AWAY, Setting, settle

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_expired_leaf_is_not_ready_while_the_api_server_is_away() -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    setting.bundles.errors = [AWAY]
    setting.now += 31 * 86_400
    with pytest.raises(StoreError):
        asyncio.run(one.step())
    assert one.problem() == "the certificate has expired"


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param(1, id="an hour"),
        pytest.param(10, id="half a day"),
        pytest.param(24 * 25, id="weeks, past the time of renewal"),
    ],
)
def test_while_the_api_server_is_away_for_long_a_replica_stays_ready(hours: int) -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    for _ in range(10):
        setting.now += hours * 360
        setting.bundles.errors = [AWAY]
        with pytest.raises(StoreError):
            asyncio.run(one.step())
        assert one.problem() is None
    asyncio.run(settle(one))
    assert one.problem() is None
    assert "at 20" in one.outlook()


def test_who_starts_while_the_api_server_is_away_is_ready_when_it_is_back() -> None:
    setting = Setting()
    asyncio.run(settle(setting.replica("before")))
    late = setting.replica("late")
    setting.bundles.errors = [AWAY] * 3
    for _ in range(3):
        with pytest.raises(StoreError):
            asyncio.run(late.step())
        assert late.problem() == "the Secret with the certificates was not read yet"
    asyncio.run(settle(late))
    assert late.problem() is None
    assert (
        setting.held["late"].pairs[-1].certificate == setting.held["before"].pairs[-1].certificate
    )


READ_ONLY = StoreError(StoreProblem.FORBIDDEN, "cannot write the Secret: it is forbidden")


def lose(data: dict[str, bytes]) -> None:
    data.clear()


def garble(data: dict[str, bytes]) -> None:
    data.update(dict.fromkeys(data, b"garbage"))


@pytest.mark.parametrize("harm", [lose, garble])
def test_a_lost_secret_that_nobody_may_write_makes_nobody_unready(
    harm: Callable[[dict[str, bytes]], None],
) -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    harm(setting.secret.data)
    setting.secret.errors = [READ_ONLY] * 3
    for _ in range(3):
        with pytest.raises(StoreError):
            asyncio.run(one.step())
        assert one.problem() is None
    setting.now += 31 * 86_400
    assert one.problem() == "the certificate has expired"


def test_a_leaf_of_a_ca_just_published_is_still_one_after_the_secret_lost_it() -> None:
    setting = Setting()
    asyncio.run(settle(setting.replica("before")))
    setting.secret.data.clear()
    late = setting.replica("late")
    asyncio.run(settle(late))
    waiting = "waiting until every kube-apiserver has the new caBundle"
    assert late.problem() == waiting
    for lost in ("tls.crt", "state.json"):
        setting.secret.data[lost] = b""
        asyncio.run(settle(late))
        assert late.problem() == waiting
    setting.now += Lifetimes().propagation
    asyncio.run(settle(late))
    assert late.problem() is None


def test_what_is_to_be_restored_comes_from_memory() -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    served = setting.held["a"].pairs[-1]
    setting.secret.data.clear()
    setting.bundles.bundles = dict.fromkeys(setting.bundles.bundles, b"")
    asyncio.run(settle(one))
    assert setting.secret.data["tls.crt"] == served.certificate_pem
    assert setting.secret.data["ca.crt"].count(b"BEGIN CERTIFICATE") == 2
    assert set(setting.bundles.bundles.values()) == {setting.secret.data["ca.crt"]}
    assert one.problem() is None
