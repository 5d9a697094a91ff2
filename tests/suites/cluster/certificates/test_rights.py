"""Just the documented rights are enough, and each one that is missing gives one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devtools.controlplane import wait_for
from tests.suites.cluster.certificates.installation import SECRET_VERBS, WEBHOOK_VERBS, Installation
from tests.suites.cluster.certificates.replica import CALM, Replica, start_replica

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 300.0


def without(verbs: tuple[str, ...], missing: str) -> list[str]:
    return [verb for verb in verbs if verb != missing]


@pytest.mark.parametrize(
    ("secret", "webhooks", "line"),
    [
        pytest.param(
            without(SECRET_VERBS, "get"),
            WEBHOOK_VERBS,
            "cannot read the Secret",
            id="get on the Secret",
        ),
        pytest.param(
            without(SECRET_VERBS, "create"),
            WEBHOOK_VERBS,
            "cannot create the Secret",
            id="create of a Secret that is not there",
        ),
        pytest.param(
            without(SECRET_VERBS, "patch"),
            WEBHOOK_VERBS,
            "cannot create the Secret",
            id="patch on the Secret",
        ),
        pytest.param(
            SECRET_VERBS,
            without(WEBHOOK_VERBS, "get"),
            "cannot read the ValidatingWebhookConfiguration",
            id="get on the webhook configurations",
        ),
        pytest.param(
            SECRET_VERBS,
            without(WEBHOOK_VERBS, "patch"),
            "cannot publish the caBundle of the ValidatingWebhookConfiguration",
            id="patch on the webhook configurations",
        ),
    ],
)
def test_a_missing_right_is_one_clear_line_and_not_ready(
    installation: Installation,
    replicas: list[Replica],
    tmp_path: Path,
    secret: tuple[str, ...],
    webhooks: tuple[str, ...],
    line: str,
) -> None:
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path, secret=secret, webhooks=webhooks)
    replica = start_replica(installation, kubeconfig, "one", times=CALM)
    replicas.append(replica)
    wait_for(lambda: line in replica.check(), line, PATIENCE)
    assert replica.check().startswith("[-]certificate failed: ")
    assert "is forbidden" in replica.check()
    wait_for(lambda: line in replica.log(), "the record", PATIENCE)
    assert replica.log().count(line) == 1, "said once, not with each try"
    assert "Traceback" not in replica.log()


def test_a_secret_that_the_chart_ships_empty_needs_no_right_to_create(
    installation: Installation, replicas: list[Replica], tmp_path: Path
) -> None:
    installation.install_webhooks()
    kubeconfig = installation.install_account(tmp_path, secret=("get", "patch"))
    installation.post(
        f"/api/v1/namespaces/{installation.name}/secrets",
        {"metadata": {"name": f"{installation.name}-tls"}},
    )
    replica = start_replica(installation, kubeconfig, "one", times=CALM)
    replicas.append(replica)
    wait_for(replica.is_ready, "readiness", PATIENCE)
    # Nor is the right to look at siblings among these, and that is said too.
    refused = "connecting: the API server says: leasecandidates.coordination.k8s.io is forbidden"
    wait_for(lambda: refused in replica.check("siblings"), "the line", PATIENCE)
    assert replica.check("siblings").startswith("[+]")
    assert replica.log().count("leasecandidates.coordination.k8s.io is forbidden") == 1
