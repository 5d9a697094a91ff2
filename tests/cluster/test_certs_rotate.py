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
        for _ in range(30):
            await certificates.step()
            assert certificates.problem() is None
            shown = await asyncio.to_thread(leasegate, installation.server, *STATUS)
            step = shown.output.partition("Next:         ")[2].splitlines()[0].partition(" at ")[0]
            if step not in steps:
                steps.append(step)
            if step == "the newest CA issues the leaf":
                again = await asyncio.to_thread(leasegate, installation.server, *ROTATE)
                assert again.output.startswith("The CA is being replaced by ")
            installation.now += 30

    installation.run(rotate)
    assert steps == [
        "the newest CA goes into every caBundle",
        "the newest CA issues the leaf",
        "replicas switch to the new leaf: one",
        "old CAs are dropped",
        "the leaf is renewed",
    ]
    last = installation.server.objects[SECRET]["data"]["ca.crt"]
    assert len(read_authorities(b64decode(last))) == 1
    assert last != first


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
