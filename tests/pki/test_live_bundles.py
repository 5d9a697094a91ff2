"""What readiness says of the live caBundle, of a pair that somebody else looks after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.pki.live_bundles import LiveBundleCheck
from app.pki.pem import certificate_pem
from app.pki.stores import StoreError, StoreProblem
from tests.pki.fake_cluster import FakeBundles
from tests.pki.mounted_secret import Issuer

if TYPE_CHECKING:
    from app.pki.keypair import KeyPair

NAME = "leasegate.default.svc"
PATIENCE = 300.0


@dataclass
class Looking:
    """A check that has something to look at."""

    issuer: Issuer = field(default_factory=Issuer.make)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    served: list[KeyPair | None] = field(default_factory=list)

    def look(self, times: int = 1) -> str:
        """Return what is said after so many looks."""
        check = LiveBundleCheck(self.bundles, lambda: self.served[-1], NAME)

        async def run() -> None:
            task = asyncio.create_task(check.run(0.001))
            before = self.bundles.reads
            async with asyncio.timeout(PATIENCE):
                while self.bundles.reads < before + times + 1:  # noqa: ASYNC110  nobody tells
                    await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])

        asyncio.run(run())
        return check.note()


@pytest.fixture
def looking() -> Looking:
    made = Looking()
    made.served = [made.issuer.issue(NAME)]
    return made


def test_a_bundle_with_the_ca_verifies_it(looking: Looking) -> None:
    authority = certificate_pem(looking.issuer.pair.certificate)
    other = certificate_pem(Issuer.make("other").pair.certificate)
    looking.bundles.bundles = {"Validating": authority, "Mutating": other + authority}
    with capture_logs() as logs:
        assert looking.look(times=5) == "the live caBundle verifies it"
    assert [record["log_level"] for record in logs] == ["info"], "said once"


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        pytest.param(b"", "its caBundle holds no CA certificate", id="empty"),
        pytest.param(b"garbage", "its caBundle holds no CA certificate", id="garbage"),
        pytest.param(
            certificate_pem(Issuer.make("other").pair.certificate),
            "the CA certificates do not verify the serving certificate",
            id="of another CA",
        ),
    ],
)
def test_a_bundle_without_it_is_a_warning(looking: Looking, bundle: bytes, words: str) -> None:
    looking.bundles.bundles = {"Validating": bundle}
    with capture_logs() as logs:
        note = looking.look()
    assert note.startswith("the live caBundle does not verify it (webhook: ")
    assert words in note
    assert [record["log_level"] for record in logs] == ["warning"]


def test_the_leaf_itself_in_place_of_its_ca_verifies_nothing(looking: Looking) -> None:
    leaf = looking.served[-1]
    assert leaf is not None
    looking.bundles.bundles = {"Validating": leaf.certificate_pem}
    assert "holds no CA certificate" in looking.look()


def test_what_cannot_be_read_is_said(looking: Looking) -> None:
    forbidden = StoreError(StoreProblem.FORBIDDEN, "cannot read the configuration: forbidden")
    looking.bundles.errors = [forbidden] * 1000
    assert looking.look() == f"whether the live caBundle verifies it is not known: {forbidden}"


def test_without_a_configuration_it_is_said(looking: Looking) -> None:
    looking.bundles.bundles = {}
    assert "there is no webhook configuration" in looking.look()


def test_before_there_is_a_pair_nothing_is_said() -> None:
    looking = Looking(served=[None])
    check = LiveBundleCheck(looking.bundles, lambda: None, NAME)

    async def run() -> None:
        task = asyncio.create_task(check.run(0.001))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(run())
    assert check.note() == ""
    assert looking.bundles.reads == 0
