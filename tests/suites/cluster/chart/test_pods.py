"""What a release says that its pods are, started: they serve, and their rights are enough."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.leasecandidate.rules import RULES
from app.pki.authority import issue_serving_leaf, make_authority, subject
from app.pki.pem import certificate_pem
from devtools.controlplane import wait_for
from tests.suites.cluster.chart.pod import Pod
from tests.suites.cluster.chart.release import (
    FULLNAME,
    KINDS,
    REGISTRATIONS,
    Json,
    Release,
    of_kind,
)
from tests.suites.cluster.chart.running import SECONDS, is_ready, pod_of, running

if TYPE_CHECKING:
    from pathlib import Path


# helm and a process that starts take seconds each, and many more on a busy machine.
pytestmark = pytest.mark.timeout(600)
RIGHTS = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def checks(operations: int) -> str:
    return httpx2.get(f"http://127.0.0.1:{operations}/readyz?verbose").text


def hook(release: Release, values: Json, kind: str, folder: Path) -> str:
    """Run the pod of a hook with the rights that the hook brings; return what it says."""
    objects = release.rendered(values)
    (manifest,) = of_kind(objects, kind)
    spec = manifest["spec"] if kind == "Pod" else manifest["spec"]["template"]["spec"]
    when = manifest["metadata"]["annotations"]["helm.sh/hook"]
    for found in objects:
        belongs = found["metadata"].get("annotations", {}).get("helm.sh/hook") == when
        if belongs and found["kind"] in RIGHTS:
            release.create(found)
    process = Pod(release, spec, folder).process("hook")
    process.start()
    wait_for(lambda: not process.running, "the hook to end", SECONDS)
    said = process.log.read_text()
    assert process.exit_code == 0, said
    return said


def create(release: Release, namespace: str, *, dry: bool = False, **spec: str) -> httpx2.Response:
    return release.api.post(
        f"/apis/coordination.k8s.io/v1beta1/namespaces/{namespace}/leasecandidates",
        params={"dryRun": "All"} if dry else {},
        json={
            "metadata": {"name": "candidate"},
            "spec": {
                "leaseName": "example",
                "binaryVersion": "1.36.0",
                "strategy": "example.com/custom",
                **spec,
            },
        },
    )


def assert_both_act(release: Release, namespace: str) -> None:
    """See in what would be stored that the one repairs, and in a denial that the other checks.

    A call that takes longer than its second lets its write pass, so one that passes says little.
    """

    def denied() -> bool:
        answer = create(release, namespace, dry=True, leaseName="Not a Lease's name")
        return "(leasegate rule lease-name-not-dns)" in answer.text

    def repaired() -> bool:
        answer = create(release, namespace, dry=True, binaryVersion="v1.36.0")
        return answer.is_success and answer.json()["spec"]["binaryVersion"] == "1.36.0"

    wait_for(denied, "the validating webhook to be called", SECONDS)
    wait_for(repaired, "the mutating webhook to be called", SECONDS)


@pytest.mark.usefixtures("controller_manager")  # publishes kube-root-ca.crt
def test_self_managed_pods_serve_and_their_hooks_work(
    release: Release, ports: Json, covered: str, tmp_path: Path
) -> None:
    values = ports | {"test": {"namespace": covered}}
    release.install(values)
    assert release.ca_bundles() == ["", ""]
    with running(release, ports["operationsPort"], tmp_path / "pod"):
        first, second = release.ca_bundles()
        assert first
        assert first == second
        assert_both_act(release, covered)
        synced = "siblings ok: synced"
        wait_for(
            lambda: synced in checks(ports["operationsPort"]), "the siblings to be known", SECONDS
        )
        said = hook(release, values, "Pod", tmp_path / "test")
        assert "kube-apiserver called leasegate, which answered as it should" in said

        # Helm takes the caBundle back neither way.
        strict = values | {"webhooks": {"failurePolicy": "Fail"}}
        release.upgrade(strict)
        assert release.ca_bundles() == [first, first]
        assert {webhook["failurePolicy"] for webhook in release.webhooks()} == {"Fail"}
        release.helm("rollback", "gate", "1", "--no-hooks")
        assert release.ca_bundles() == [first, first]
        release.upgrade(strict)

        said = hook(release, strict, "Job", tmp_path / "uninstall")
        assert said.count("removed ") == 2
    for kind in KINDS:
        assert release.api.get(f"{REGISTRATIONS}/{kind}/{FULLNAME}").status_code == 404
    assert create(release, covered, dry=True, binaryVersion="1.0.0").status_code == 201


@pytest.mark.usefixtures("controller_manager")
def test_pods_serve_a_certificate_of_yours(
    release: Release, ports: Json, covered: str, tmp_path: Path
) -> None:
    values = ports | {"certificates": existing(release, f"{FULLNAME}.{release.namespace}.svc")}
    release.install(values)
    with running(release, ports["operationsPort"], tmp_path / "pod"):
        assert_both_act(release, covered)
        told = "the live caBundle verifies it"
        wait_for(
            lambda: told in checks(ports["operationsPort"]), "the caBundle to be read", SECONDS
        )


def test_pods_that_need_no_rights_have_none(
    release: Release, ports: Json, covered: str, tmp_path: Path
) -> None:
    """Neither a rule that looks at siblings nor self-managed certificates: there is no token."""
    silent = dict.fromkeys((rule.id for rule in RULES if rule.needs_siblings), "Off")
    values = ports | {"certificates": existing(release, f"{FULLNAME}.{release.namespace}.svc")}
    values["config"] |= {"rules": {"actions": silent}}
    release.install(values)
    with running(release, ports["operationsPort"], tmp_path / "pod"):
        assert_both_act(release, covered)
        assert "there is no cluster to ask" in checks(ports["operationsPort"])


@pytest.mark.usefixtures("controller_manager")
def test_pods_with_a_certificate_for_another_name_are_not_ready_and_say_why(
    release: Release, ports: Json, tmp_path: Path
) -> None:
    release.install(ports | {"certificates": existing(release, "other.example.com")})
    process = Pod(release, pod_of(release), tmp_path / "pod").process("pod")
    process.start()
    try:
        name = f"{FULLNAME}.{release.namespace}.svc"

        def said() -> bool:
            try:
                return name in checks(ports["operationsPort"])
            except httpx2.TransportError:
                return False

        wait_for(said, "the missing name to be told", SECONDS)
        assert not is_ready(ports["operationsPort"])
    finally:
        process.stop()


def existing(release: Release, name: str) -> Json:
    """Make a Secret with a certificate for the name; return the values that use it."""
    now = datetime.now(UTC)
    authority = make_authority(subject("ca", "tests"), now=now, lifetime=timedelta(days=2))
    leaf = issue_serving_leaf(
        authority, subject(name, "tests"), names=[name], now=now, lifetime=timedelta(days=1)
    )
    release.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": "mine", "namespace": release.namespace},
            "data": {
                "tls.crt": base64.b64encode(leaf.certificate_pem).decode(),
                "tls.key": base64.b64encode(leaf.key_pem).decode(),
            },
        }
    )
    bundle = certificate_pem(authority.certificate).decode()
    return {"mode": "existing", "existing": {"secretName": "mine", "caBundle": bundle}}
