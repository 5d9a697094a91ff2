"""A rolling update from the previous version and a rollback to it, while writes go through."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from devtools.controlplane import wait_for
from tests.pki.previous_release import previous_code
from tests.suites.cluster.certificates.commands import certs
from tests.suites.cluster.certificates.forwarder import Forwarder
from tests.suites.cluster.certificates.replica import Replica, Times, start_replica
from tests.suites.cluster.certificates.test_rotation import newest, writable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.suites.cluster.certificates.installation import Installation

CALM = Times(ca=90_000, leaf=9_000, look_ahead=3_000, propagation=10)


def test_no_write_fails_while_versions_change(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    code = previous_code(tmp_path)
    previous = ("/usr/bin/env", f"PYTHONPATH={code}", sys.executable, "-P", "-m", "app")
    this = (sys.executable, "-m", "app")
    address = installation.install_service()
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path)

    def start(name: str, program: Sequence[str]) -> Replica:
        one = start_replica(
            installation,
            kubeconfig,
            name,
            *(() if program is this else (f"--replica-name={name}",)),
            times=CALM,
            program=program,
        )
        wait_for(one.is_ready, f"{name} to be ready", 120)
        return one

    def roll_to(program: Sequence[str], *names: str) -> None:
        for name in names:
            replicas.append(start(name, program))
            gone = replicas.pop(0)
            gone.process.stop()
            gone.client.close()

    replicas += [start(name, previous) for name in ("old-1", "old-2")]
    assert b"old-1" in (installation.secret() or {})["state.json"], "it is the previous version"
    with Forwarder(address, replicas).running():
        wait_for(lambda: writable(installation), "the first write", 30)
        with installation.writing() as load:
            roll_to(this, "new-1")
            first = newest(installation)
            asked = certs(installation, "rotate", *CALM.flags).stdout
            assert asked.startswith("Asked the replicas to replace the CA ")
            roll_to(this, "new-2")
            wait_for(lambda: newest(installation) not in {None, first}, "a new CA", 60)
            assert not (installation.secret() or {})["tls.key"], "no leaf is shared any more"
            roll_to(previous, "old-3", "old-4")
            roll_to(this, "new-3", "new-4")
    assert load.problems == []
    assert load.writes > 500
