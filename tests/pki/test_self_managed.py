"""One step after the other leads replicas to certificates that clients can verify."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.errors import LeasegateError
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.pki.previous_version import issuing
from app.pki.rotation_request import ask_for_rotation
from tests.pki.replicas import CONFLICT, START, Setting, settle

if TYPE_CHECKING:
    from app.pki.self_managed import SelfManagedCertificates

DAY = 86_400.0
TIMES = Lifetimes()


def ask(setting: Setting, *, revoke: bool = False) -> str:
    return asyncio.run(
        ask_for_rotation(setting.secret, now=setting.now, lifetimes=TIMES, revoke=revoke)
    )


def pass_time(setting: Setting, seconds: float, *replicas: SelfManagedCertificates) -> None:
    """Let time pass while replicas look at everything now and then."""
    end = setting.now + seconds
    while setting.now < end:
        setting.now = min(setting.now + max(seconds / 50, 15), end)
        for one in replicas:
            setting.settle(one)
            assert one.problem() is None


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_the_first_replica_is_ready_after_a_few_steps(algorithm: KeyAlgorithm) -> None:
    setting = Setting(algorithm=algorithm)
    one = setting.replica()
    assert one.problem() == "the Secret with the certificates was not read yet"
    setting.settle(one)
    assert one.problem() is None
    assert one.next_step() == "the leaf is renewed at 2027-02-04T08:00:00Z"
    assert setting.bundles.bundles["Validating"] == setting.secret.data["ca.crt"]
    assert "tls.key" not in setting.secret.data, "the leaf's key is in memory alone"


def test_nothing_is_written_when_nothing_is_to_be_done() -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    before = setting.secret.writes, setting.bundles.published
    for _ in range(10):
        assert asyncio.run(one.step()) is False
    assert (setting.secret.writes, setting.bundles.published) == before
    assert len(setting.held["a"].pairs) == 1


def test_a_field_that_is_owned_still_is_written_once_more_to_give_it_up() -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    before = setting.bundles.published
    setting.bundles.claimed.add("Mutating")
    setting.settle(one)
    assert setting.bundles.claimed == set()
    assert setting.bundles.published == before + 1


def test_without_a_webhook_configuration_nobody_is_ready() -> None:
    setting = Setting()
    setting.bundles.bundles.clear()
    one = setting.replica()
    setting.settle(one)
    assert one.problem() == "there is no webhook configuration to publish the caBundle in"
    setting.bundles.bundles["Validating"] = b""
    setting.settle(one)
    assert one.problem() is None


def test_each_replica_has_a_leaf_of_its_own() -> None:
    setting = Setting()
    replicas = [setting.replica(name) for name in "abc"]
    setting.settle(*replicas)
    keys = {setting.held[name].pairs[-1].key_pem for name in "abc"}
    assert len(keys) == 3
    assert {setting.issuer(name) for name in "abc"} == set(setting.authorities())


def test_a_leaf_is_renewed_when_two_thirds_of_it_are_over_and_nobody_writes_for_that() -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    writes = setting.secret.writes
    pass_time(setting, 19 * DAY, one)
    assert len(setting.held["a"].pairs) == 1
    pass_time(setting, 2 * DAY, one)
    assert len(setting.held["a"].pairs) == 2
    assert setting.secret.writes == writes


def test_a_rotation_leaves_nobody_unready_and_ends_with_one_ca() -> None:
    setting = Setting()
    replicas = [setting.replica(name) for name in "ab"]
    setting.settle(*replicas)
    (first,) = setting.authorities()
    assert ask(setting) == f"Asked the replicas to replace the CA {first[:12]}."
    setting.settle(*replicas)
    assert ask(setting).startswith("The CA is being replaced by ")
    old, new = setting.authorities()
    assert {setting.issuer(name) for name in "ab"} == {old}
    keys = {setting.secret.data["ca.key"], setting.secret.data["signing.key"]}
    assert len(keys) == 2, "the old one signs until the new one is everywhere"
    setting.settle(setting.replica("late"))
    assert setting.issuer("late") == old
    pass_time(setting, TIMES.propagation, *replicas)
    assert {setting.issuer(name) for name in "ab"} == {new}
    assert setting.secret.data["ca.key"] == setting.secret.data["signing.key"], "the old key goes"
    pass_time(setting, 29 * DAY, *replicas)
    assert setting.authorities() == [old, new]
    pass_time(setting, 1.1 * DAY, *replicas)
    assert setting.authorities() == [new]
    assert setting.bundles.bundles["Mutating"] == setting.secret.data["ca.crt"]


def test_a_revoked_ca_goes_as_soon_as_everybody_had_time_to_sign_anew() -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    (first,) = setting.authorities()
    assert ask(setting, revoke=True) == f"Asked the replicas to revoke the CA {first[:12]}."
    setting.settle(one)
    pass_time(setting, TIMES.propagation, one)
    assert first in setting.authorities()
    pass_time(setting, TIMES.propagation + TIMES.clock_margin + 60, one)
    assert len(setting.authorities()) == 1
    assert setting.issuer("a") == setting.authorities()[0] != first


def test_a_wish_is_written_through_a_conflict_and_refused_where_there_is_no_ca() -> None:
    setting = Setting()
    with pytest.raises(LeasegateError, match="holds no CA yet; a running replica repairs it"):
        ask(setting)
    setting.settle(setting.replica())
    setting.secret.errors = [CONFLICT]
    assert ask(setting).startswith("Asked the replicas")
    setting.secret.errors = [CONFLICT] * 10
    with pytest.raises(LeasegateError, match="changes all the time"):
        ask(setting)


def test_a_changed_lifetime_of_leaves_holds_from_the_next_ca_on() -> None:
    setting = Setting()
    setting.settle(setting.replica())
    setting.lifetimes = replace(TIMES, leaf=60 * DAY)
    setting.settle(setting.replica("late"))
    late = setting.held["late"].pairs[-1].certificate
    assert late.not_valid_after_utc.timestamp() == START + 30 * DAY


@pytest.mark.parametrize(
    ("keys", "authorities"),
    [
        pytest.param(["ca.key"], 1, id="one of both is enough"),
        pytest.param(["signing.key"], 1, id="whichever"),
        pytest.param(["ca.key", "signing.key"], 2, id="without any there is a new CA"),
    ],
)
def test_a_key_that_cannot_be_used_is_replaced(keys: list[str], authorities: int) -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    setting.secret.data.update(dict.fromkeys(keys, b"garbage"))
    setting.settle(one)
    assert one.problem() is None
    assert len(setting.authorities()) == authorities
    assert b"garbage" not in setting.secret.data.values()


def test_a_key_that_says_it_is_the_cas_and_is_not_leads_to_a_new_ca() -> None:
    setting = Setting()
    setting.settle(setting.replica())
    (first,) = setting.authorities()
    said = issuing(first, b"garbage")
    for name, key in (("state.json", "ca.key"), ("rotation.json", "signing.key")):
        old = issuing(first, setting.secret.data[key]).key_digest.encode()
        setting.secret.data[name] = setting.secret.data[name].replace(old, said.key_digest.encode())
        setting.secret.data[key] = b"garbage"
    late = setting.replica("late")
    setting.settle(late)
    assert len(setting.authorities()) == 2
    setting.now += TIMES.propagation
    setting.settle(late)
    assert late.problem() is None


def test_a_ca_that_was_taken_out_of_a_bundle_is_propagated_again_before_it_signs() -> None:
    setting = Setting()
    one = setting.replica()
    setting.settle(one)
    old = setting.secret.data["ca.crt"]
    ask(setting)
    setting.settle(one)
    pass_time(setting, TIMES.propagation, one)
    asyncio.run(settle(setting.replica("other")))
    setting.bundles.bundles["Mutating"] = old
    setting.settle(one)
    assert one.problem() is None, "it is published again"
    late = setting.replica("late")
    setting.settle(late)
    assert late.problem() == "waiting until every kube-apiserver has the new caBundle"
    pass_time(setting, TIMES.propagation, one)
    setting.settle(late)
    assert late.problem() is None
