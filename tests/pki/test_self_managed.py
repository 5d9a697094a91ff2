"""One step after the other leads a replica to certificates that clients can verify."""

from __future__ import annotations

import asyncio

import pytest

from app.pki.keys import KeyAlgorithm
from tests.pki.replicas import Setting, settle


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_the_first_replica_is_ready_after_a_few_steps(algorithm: KeyAlgorithm) -> None:
    setting = Setting(algorithm=algorithm)
    one = setting.replica()
    assert one.problem() == "the Secret with the certificates was not read yet"
    asyncio.run(settle(one))
    assert one.problem() is None
    assert one.outlook().startswith("the leaf is renewed at 20")
    assert setting.bundles.bundles["Validating"] == setting.secret.data["ca.crt"]


def test_nothing_is_written_when_nothing_is_to_be_done() -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    before = setting.secret.writes, setting.bundles.published
    for _ in range(10):
        assert asyncio.run(one.step()) is False
    assert (setting.secret.writes, setting.bundles.published) == before


def test_a_field_that_is_owned_still_is_written_once_more_to_give_it_up() -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    before = setting.bundles.published
    setting.bundles.claimed.add("Mutating")
    asyncio.run(settle(one))
    assert setting.bundles.claimed == set()
    assert setting.bundles.published == before + 1


def test_a_leaf_that_cannot_be_served_is_replaced() -> None:
    setting = Setting()
    first = setting.replica()
    asyncio.run(settle(first))
    other = setting.replica("b")
    setting.held["b"].refuses = 1
    asyncio.run(settle(other))
    assert other.problem() is None
    asyncio.run(settle(first))
    served = {held.pairs[-1].certificate for held in setting.held.values()}
    assert len(served) == 1


def test_without_a_webhook_configuration_nobody_is_ready() -> None:
    setting = Setting()
    setting.bundles.bundles.clear()
    one = setting.replica()
    asyncio.run(settle(one))
    assert one.problem() == "there is no webhook configuration to publish the caBundle in"
    setting.bundles.bundles["Validating"] = b""
    asyncio.run(settle(one))
    assert one.problem() is None


def test_a_renewed_leaf_is_registered_before_it_is_served() -> None:
    setting = Setting()
    one = setting.replica()
    asyncio.run(settle(one))
    setting.now += 25 * 86_400

    async def renew() -> None:
        while await one.step():
            assert one.problem() is None

    asyncio.run(renew())
    assert len(setting.held["a"].pairs) == 2
