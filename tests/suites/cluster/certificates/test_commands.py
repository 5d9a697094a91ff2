"""`leasegate certs status` and `rotate`, as a person with a kubeconfig runs them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

from devtools.controlplane import wait_for
from tests.suites.cluster.certificates.commands import certs
from tests.suites.cluster.certificates.installation import HOOKS, Installation
from tests.suites.cluster.certificates.replica import CALM, Replica, Times, start_replica
from tests.suites.cluster.certificates.test_rotation import settled

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 300.0
SWIFT = Times(ca=90_000, leaf=9_000, look_ahead=3_000, propagation=1)


def test_status_and_rotate(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    installation.install_webhooks()
    before = certs(installation, "status", *CALM.flags)
    assert before.returncode == 1
    assert "Problem:      there is no CA yet; is a replica running?" in before.stdout
    nothing = certs(installation, "rotate")
    assert nothing.returncode == 2
    assert "it holds no CA yet" in nothing.stderr

    kubeconfig = installation.install_account(tmp_path)
    replicas.append(start_replica(installation, kubeconfig, "one", times=SWIFT))
    wait_for(replicas[0].is_ready, "readiness", PATIENCE)
    good = certs(installation, "status", *SWIFT.flags)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "caBundle:     of validate.leasegate.dev has every CA\n" in good.stdout
    assert "Next:         a new CA is made at 20" in good.stdout
    address = f"{replicas[0].admission.host}:{replicas[0].admission.port}"
    asked = certs(installation, "status", *SWIFT.flags, f"--replica={address}")
    assert "Next:         the leaf is renewed at 20" in asked.stdout

    first = settled(installation)
    assert first is not None
    asked = certs(installation, "rotate", "--revoke", *SWIFT.flags, kubeconfig=kubeconfig)
    assert asked.returncode == 0
    assert asked.stdout == f"Asked the replicas to revoke the CA {first[:12]}.\n"
    wait_for(lambda: settled(installation) not in {None, first}, "the new CA alone", PATIENCE)
    found = json.loads(certs(installation, "status", *SWIFT.flags, "--output=json").stdout)
    assert len(found["authorities"]) == 1
    assert found["problems"] == []
    assert replicas[0].is_ready()

    replicas[0].process.kill()
    path = f"{HOOKS}/mutatingwebhookconfigurations/{installation.name}"
    installation.api.delete(path).raise_for_status()
    installation.install_webhooks("mutate")
    found = certs(installation, "status", *SWIFT.flags)
    assert found.returncode == 1
    assert (
        "Problem:      mutate.leasegate.dev: its caBundle lacks the CA that signs" in found.stdout
    )


def test_a_damaged_secret_is_said_and_not_rotated(installation: Installation) -> None:
    garbage = b64encode(b"garbage").decode()
    installation.post(
        f"/api/v1/namespaces/{installation.name}/secrets",
        {
            "metadata": {"name": f"{installation.name}-tls"},
            "data": {"state.json": garbage, "ca.crt": garbage},
        },
    )
    status = certs(installation, "status")
    assert status.returncode == 1
    assert "Problem:      state.json cannot be read\n" in status.stdout
    assert "Traceback" not in status.stderr
    rotate = certs(installation, "rotate")
    assert rotate.returncode == 2
    assert "state.json cannot be read" in rotate.stderr


def test_without_the_right_to_look_it_says_so(installation: Installation, tmp_path: Path) -> None:
    kubeconfig = installation.install_account(tmp_path, secret=(), webhooks=())
    status = certs(installation, "status", kubeconfig=kubeconfig)
    assert status.returncode == 2
    assert "Error: cannot read the ValidatingWebhookConfiguration" in status.stderr
    assert "is forbidden" in status.stderr


def test_the_rights_to_look_are_enough_for_status_and_not_for_rotate(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path)
    replicas.append(start_replica(installation, kubeconfig, "one", times=CALM))
    wait_for(replicas[0].is_ready, "readiness", PATIENCE)
    installation.limit_account("get")
    status = certs(installation, "status", *CALM.flags, kubeconfig=kubeconfig)
    assert status.returncode == 0, status.stdout + status.stderr
    rotate = certs(installation, "rotate", kubeconfig=kubeconfig)
    assert rotate.returncode == 2
    assert "Error: cannot write the Secret" in rotate.stderr
    assert "is forbidden" in rotate.stderr
