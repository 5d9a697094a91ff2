"""Replicas of the previous version and of this one on the same Secret, each by its own code."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from random import Random
from typing import TYPE_CHECKING

import pytest

from app.pki.bundle import has_issued
from app.pki.lifetimes import Lifetimes
from app.pki.pem import Pem, parse_certificates
from app.pki.rotation_request import ask_for_rotation
from app.pki.secret_state import read_authorities
from app.pki.stores import StoreError
from tests.pki.previous_release import PreviousReplica, previous_code, previous_replica
from tests.pki.replicas import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.pki.self_managed import SelfManagedCertificates

TIMES = Lifetimes()
DAY = 86_400.0


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return previous_code(tmp_path_factory.mktemp("previous"))


@pytest.fixture
def setting() -> Setting:
    return Setting()


@pytest.fixture
def old(setting: Setting, code: Path) -> Iterator[list[PreviousReplica]]:
    """Two replicas of the previous version."""
    with ExitStack() as stack:
        yield [stack.enter_context(previous_replica(setting, code, name)) for name in "xy"]


def step(one: SelfManagedCertificates) -> None:
    try:
        asyncio.run(one.step())
    except StoreError:
        return


def check(setting: Setting, leaf: str) -> None:
    """Look whether every caBundle that is not empty verifies a leaf."""
    (certificate, *_) = parse_certificates(Pem("a leaf", leaf.encode()))
    for pem in filter(None, setting.bundles.bundles.values()):
        issuers = read_authorities(pem).values()
        assert any(has_issued(issuer, certificate) for issuer in issuers)


def check_all(
    setting: Setting, old: list[PreviousReplica], new: dict[str, SelfManagedCertificates]
) -> None:
    for one in old:
        if one.leaf and one.problem is None:
            check(setting, one.leaf)
    for name, replica in new.items():
        if setting.held[name].pairs and replica.problem() is None:
            check(setting, setting.held[name].pairs[-1].certificate_pem.decode())


def ask(setting: Setting) -> str:
    return asyncio.run(
        ask_for_rotation(setting.secret, now=setting.now, lifetimes=TIMES, revoke=False)
    )


@pytest.mark.parametrize("seed", range(4))
def test_both_run_together_and_write_little(
    setting: Setting, old: list[PreviousReplica], seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    for one in old:
        one.settle()
    before = setting.secret.writes
    new = {name: setting.replica(name) for name in "ab"}
    for number in range(100):
        if random.random() < 0.5:
            random.choice(old).do()
        else:
            step(random.choice(list(new.values())))
        check_all(setting, old, new)
        if number == 40:
            assert setting.secret.writes - before <= 2, "what is needed to run side by side"
            assert len(setting.authorities()) == 1
            assert ask(setting).startswith("Asked the replicas")
        setting.now += random.choice([5, 15, 60])
    assert setting.secret.writes - before <= 20
    assert all(one.problem is None for one in old)
    assert all(one.problem() is None for one in new.values())
    quiet = setting.secret.writes
    for _ in range(5):
        for one in old:
            one.settle()
        setting.settle(*new.values())
    quiet = setting.secret.writes
    for _ in range(5):
        for one in old:
            one.settle()
        setting.settle(*new.values())
    assert setting.secret.writes == quiet, "neither undoes what the other wrote"


def test_an_upgrade_ends_with_cas_alone_and_rotates_then(
    setting: Setting, old: list[PreviousReplica]
) -> None:
    for one in old:
        one.settle()
    (first,) = setting.authorities()
    new = {name: setting.replica(name) for name in "ab"}
    setting.settle(*new.values())
    assert {setting.issuer(name) for name in "ab"} == {first}, "ready at once, with the CA there is"
    assert all(one.problem() is None for one in new.values())
    assert ask(setting).startswith("Asked")
    setting.settle(*new.values())
    assert setting.authorities() == [first], "the old ones are still there"
    assert setting.secret.data["tls.key"]
    for one in old:
        one.do("leave")
    setting.settle(*new.values())
    assert setting.secret.data["tls.key"] == b""
    assert len(setting.authorities()) == 2
    for _ in range(30):
        setting.now += 15
        setting.settle(*new.values())
        check_all(setting, [], new)
    assert {setting.issuer(name) for name in "ab"} == {setting.authorities()[-1]}
    setting.now += 31 * DAY
    setting.settle(*new.values())
    assert len(setting.authorities()) == 1


def test_one_that_crashed_holds_changes_up_until_its_leaf_ends(
    setting: Setting, old: list[PreviousReplica]
) -> None:
    old[0].settle()
    new = setting.replica()
    setting.settle(new)
    ask(setting)
    setting.now += 29 * DAY
    setting.settle(new)
    assert new.problem() is None
    assert len(setting.authorities()) == 1
    setting.now += 1.1 * DAY
    setting.settle(new)
    assert len(setting.authorities()) == 2


@pytest.mark.parametrize("rotates", [False, True], ids=["steady", "in the middle of a rotation"])
def test_a_rollback_finds_what_it_needs(
    setting: Setting, old: list[PreviousReplica], *, rotates: bool
) -> None:
    new = {name: setting.replica(name) for name in "ab"}
    setting.settle(*new.values())
    if rotates:
        ask(setting)
        setting.settle(*new.values())
    for _ in range(40):
        for one in old:
            one.settle()
            check_all(setting, old, new)
        setting.settle(*new.values())
        assert all(one.problem() is None for one in new.values()), "until the old ones are there"
        check_all(setting, old, new)
        setting.now += 15
    assert all(one.problem is None for one in old)
    new.clear()
    setting.now += 20 * DAY
    for one in old:
        one.settle()
        assert one.problem is None
        check(setting, one.leaf)
