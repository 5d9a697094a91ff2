"""One replica with a fake cluster: errors at the worst moments, and what it says of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.cluster.stores import StoreError, StoreProblem
from app.pki.errors import CertificateError, Reason
from app.pki.keys import KeyAlgorithm
from app.pki.lifetimes import Lifetimes
from app.pki.rotation_changes import Workshop
from app.pki.self_managed import Clock, SelfManagedCertificates, Stores
from app.pki.upkeep import Upkeep
from tests.pki.fake_cluster import FakeBundles, FakeSecret

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from app.pki.keypair import KeyPair

PATIENCE = 20.0
START = 1_800_000_000.0
CONFLICT = StoreError(StoreProblem.CONFLICT, "somebody was faster")
AWAY = StoreError(StoreProblem.UNREACHABLE, "cannot read the Secret: away")


@dataclass
class Held:
    """What is served, in place of a TLS context."""

    pairs: list[KeyPair] = field(default_factory=list)
    refuses: int = 0

    def serve(self, pair: KeyPair, authority_not_after: datetime | None = None) -> None:
        assert authority_not_after is not None
        if self.refuses:
            self.refuses -= 1
            raise CertificateError(Reason.UNREADABLE, "OpenSSL does not serve this", "no advice")
        self.pairs.append(pair)


@dataclass
class Setting:
    """One or more replicas on one fake cluster, and a clock that stands until it is moved."""

    secret: FakeSecret = field(default_factory=FakeSecret)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    now: float = START
    held: dict[str, Held] = field(default_factory=dict)
    algorithm: KeyAlgorithm = KeyAlgorithm.ECDSA

    def replica(self, name: str = "a") -> SelfManagedCertificates:
        self.held[name] = Held()
        return SelfManagedCertificates(
            name,
            Stores(secret=self.secret, bundles=self.bundles),
            Workshop(names=["leasegate.x.svc"], lifetimes=Lifetimes(), algorithm=self.algorithm),
            self.held[name],
            clock=Clock(lambda: self.now, lambda: self.now),
        )


async def settle(certificates: SelfManagedCertificates) -> None:
    for _ in range(20):
        if not await certificates.step():
            return
    raise AssertionError("there was always something more to do")


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


def test_replicas_that_start_at_once_converge_to_one_leaf() -> None:
    setting = Setting()
    upkeeps = [Upkeep(setting.replica(name), lambda _: None) for name in "abcdefgh"]

    async def run() -> None:
        tasks = [asyncio.create_task(one.run(0.05)) for one in upkeeps]
        async with asyncio.timeout(PATIENCE):
            while any(one.problem() for one in upkeeps):  # noqa: ASYNC110  as below
                await asyncio.sleep(0.01)
        served = {held.pairs[-1].certificate for held in setting.held.values()}
        for one in tasks:
            one.cancel()
        await asyncio.wait(tasks)
        assert len(served) == 1

    asyncio.run(run())
    assert setting.secret.data["ca.crt"].count(b"BEGIN CERTIFICATE") == 1


async def run_until(upkeep: Upkeep, happened: Callable[[], bool]) -> None:
    task = asyncio.create_task(upkeep.run(0.05))
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110  what it waits for tells nobody
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


def test_conflicts_are_tried_again_without_a_word() -> None:
    setting = Setting()
    setting.secret.errors = [CONFLICT] * 5
    results: list[str] = []
    upkeep = Upkeep(setting.replica(), results.append)
    with capture_logs() as logs:
        asyncio.run(run_until(upkeep, lambda: upkeep.problem() is None))
    assert results == []
    assert not [record for record in logs if record["log_level"] == "error"]


def test_the_same_error_is_said_once_and_its_end_too() -> None:
    setting = Setting()
    results: list[str] = []
    upkeep = Upkeep(setting.replica(), results.append)
    setting.bundles.errors = [AWAY] * 2
    with capture_logs() as logs:
        asyncio.run(run_until(upkeep, lambda: upkeep.problem() is None))
    said = [record["event"] for record in logs if "looked after" in record["event"]]
    assert said == ["certificates cannot be looked after", "certificates are looked after again"]
    assert results == ["failure", "success"]


def test_a_defect_does_not_end_the_loop() -> None:
    setting = Setting()
    upkeep = Upkeep(setting.replica(), lambda _: None)
    setting.bundles.errors = [RuntimeError("a defect")]
    with capture_logs() as logs:
        asyncio.run(run_until(upkeep, lambda: upkeep.problem() is None))
    assert "a defect in looking after the certificates" in [record["event"] for record in logs]


def test_an_error_is_part_of_what_readiness_says() -> None:
    setting = Setting()
    setting.bundles.errors = [AWAY] * 1000
    upkeep = Upkeep(setting.replica(), lambda _: None)
    asyncio.run(run_until(upkeep, lambda: bool(upkeep.error)))
    assert upkeep.problem() == f"the Secret with the certificates was not read yet; {AWAY}"
    assert upkeep.note() == str(AWAY)


def test_who_ends_is_taken_out_of_the_register_through_a_conflict() -> None:
    setting = Setting()
    upkeep = Upkeep(setting.replica(), lambda _: None)

    def is_ready() -> bool:
        if upkeep.problem() is not None:
            return False
        setting.secret.errors = [CONFLICT]
        return True

    asyncio.run(run_until(upkeep, is_ready))
    assert b'"a"' not in setting.secret.data["state.json"]


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
