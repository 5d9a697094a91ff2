"""Whole rotations on a real control plane, while writes go through both hooks."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from app.pki.lifetimes import Lifetimes
from app.pki.rotation_state import signer
from app.pki.secret_state import read_authorities, read_contents
from devtools.controlplane import wait_for
from tests.suites.cluster.certificates.commands import certs
from tests.suites.cluster.certificates.forwarder import Forwarder
from tests.suites.cluster.certificates.installation import KINDS
from tests.suites.cluster.certificates.replica import CALM, Replica, start_replica

if TYPE_CHECKING:
    from pathlib import Path

    from tests.suites.cluster.certificates.installation import Installation

ROTATIONS = 3
SLOW = 20
PATIENCE = 150


def settled(installation: Installation) -> str | None:
    """Return the fingerprint of the one CA that there is, if it is published and signs."""
    contents = read_contents(installation.secret() or {}, now=time.time(), lifetimes=Lifetimes())
    newest = contents.state.newest
    if newest is None or len(contents.state.authorities) != 1 or not newest.is_propagated:
        return None
    published = [read_authorities(installation.bundle(verb)) for verb in ("validate", "mutate")]
    return (
        newest.fingerprint if all(set(one) == {newest.fingerprint} for one in published) else None
    )


def newest(installation: Installation) -> str | None:
    """Return the fingerprint of the CA that signs now."""
    contents = read_contents(installation.secret() or {}, now=time.time(), lifetimes=Lifetimes())
    signing = signer(contents.state)
    return signing.fingerprint if signing is not None else None


def test_no_write_fails_over_three_rotations_of_the_ca(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    address = installation.install_service()
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path)
    replicas += [start_replica(installation, kubeconfig, name) for name in ("one", "two")]
    for one in replicas:
        wait_for(one.is_ready, f"{one.process.name} to be ready", 60)
    authorities: list[str] = []
    unready: list[int] = []

    def look(ready: list[Replica]) -> None:
        if len(ready) < len(replicas):
            unready.append(len(ready))

    def has_rotated() -> bool:
        current = newest(installation)
        if current is not None and current not in authorities:
            authorities.append(current)
        return len(authorities) > ROTATIONS

    with Forwarder(address, replicas, look).running():
        wait_for(lambda: writable(installation), "the first write", 30)
        with installation.writing() as load:
            wait_for(has_rotated, "the rotations", PATIENCE)
    assert load.problems == []
    assert load.writes > ROTATIONS * 100
    assert unready == [], "no replica was unready for a moment"
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    written += [json.dumps(installation.configuration(verb)).encode() for verb in KINDS]
    written += [installation.bundle(verb) for verb in KINDS]
    assert b"PRIVATE KEY" not in b"".join(written), "it is in the Secret alone"


def writable(installation: Installation) -> bool:
    """Whether a write goes through both hooks now."""
    return installation.api.post(
        installation.candidates, json=installation.candidate("first")
    ).is_success


def test_all_replicas_may_be_killed_and_started_at_each_phase_of_a_rotation(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    """Propagation takes longer than a start may, so whoever waited for it would be late."""
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path)
    times = replace(CALM, propagation=SLOW)
    number = 0

    def restart() -> None:
        nonlocal number
        for one in replicas:
            one.process.kill()
            one.client.close()
        replicas.clear()
        for _ in range(2):
            number += 1
            replicas.append(start_replica(installation, kubeconfig, f"r{number}", times=times))
        began = time.monotonic()
        for one in replicas:
            wait_for(one.is_ready, f"{one.process.name} to be ready", SLOW - 1)
        assert time.monotonic() - began < SLOW - 1

    def authorities() -> int:
        return len(read_authorities((installation.secret() or {}).get("ca.crt", b"")))

    def published() -> bool:
        return all(len(read_authorities(installation.bundle(verb))) == 2 for verb in KINDS)

    restart()
    first = newest(installation)
    restart()
    asked = certs(installation, "rotate", "--revoke", *times.flags).stdout
    wait_for(lambda: authorities() == 2, "the new CA", 30)
    restart()
    wait_for(published, "both CAs to be published", 30)
    restart()
    wait_for(lambda: newest(installation) not in {None, first}, "the new CA to sign", 4 * SLOW)
    restart()
    wait_for(lambda: authorities() == 1, "the old CA to go", 4 * SLOW)
    restart()
    assert asked.startswith("Asked the replicas to revoke the CA ")
