"""`leasegate certs rotate` asks, and the replicas replace the CA."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import TYPE_CHECKING

from app.pki.secret_state import read_authorities
from tests.cluster.api_server import Answer
from tests.cluster.commands import ROTATE, STATUS, leasegate
from tests.cluster.installation import SECRET, Installation

if TYPE_CHECKING:
    from app.pki.self_managed import SelfManagedCertificates, Stores


def test_rotate_asks_and_the_replicas_replace_the_ca(installation: Installation) -> None:
    installation.settle()
    first = installation.server.objects[SECRET]["data"]["ca.crt"]
    asked = leasegate(installation.server, *ROTATE)
    assert asked.output.startswith("Asked the replicas to replace the CA ")
    next_step = leasegate(installation.server, *STATUS).output
    assert "Next:         a new CA is made, since somebody asked for it\n" in next_step

    steps: list[str] = []

    async def rotate(certificates: SelfManagedCertificates, _stores: Stores) -> None:
        for number in range(80):
            while await certificates.step():
                pass
            assert certificates.problem() is None
            shown = await asyncio.to_thread(leasegate, installation.server, *STATUS)
            step = shown.output.partition("Next:         ")[2].splitlines()[0].partition(" at ")[0]
            if step not in steps:
                steps.append(step)
            if step.startswith("the newest CA signs"):
                again = await asyncio.to_thread(leasegate, installation.server, *ROTATE)
                assert again.output.startswith("The CA is being replaced by ")
            installation.now += 30 if number < 20 else 86_400

    installation.run(rotate)
    assert steps == [
        "the newest CA signs once it has been in every caBundle for 300 s",
        "an old CA is dropped",
        "a new CA is made",
    ]
    last = installation.server.objects[SECRET]["data"]["ca.crt"]
    assert len(read_authorities(b64decode(last))) == 1
    assert last != first


def test_a_ca_can_be_revoked(installation: Installation) -> None:
    installation.settle()
    asked = leasegate(installation.server, *ROTATE, "--revoke")
    assert asked.output.startswith("Asked the replicas to revoke the CA ")

    async def go_on(certificates: SelfManagedCertificates, _stores: Stores) -> None:
        for _ in range(40):
            while await certificates.step():
                pass
            installation.now += 30

    installation.run(go_on)
    shown = leasegate(installation.server, *STATUS)
    assert shown.output.count("CA:  ") == 1
    assert shown.exit_code == 0, shown.output


def test_rotate_tries_again_after_a_conflict_and_gives_up_at_last(
    installation: Installation,
) -> None:
    installation.settle()
    conflict = Answer("PATCH", SECRET, 409, "modified", times=3)
    installation.server.answers = [conflict]
    assert leasegate(installation.server, *ROTATE).exit_code == 0
    conflict.times = 1000
    found = leasegate(installation.server, *ROTATE)
    assert found.output == "Error: the Secret changes all the time; try again\n"
    assert found.exit_code == 2
    installation.server.answers = [Answer("PATCH", SECRET, 403, "it is forbidden")]
    found = leasegate(installation.server, *ROTATE)
    assert found.output == (
        "Error: cannot write the Secret default/leasegate-tls: it is forbidden\n"
    )
