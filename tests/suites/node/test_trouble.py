"""What goes wrong with pods, and that it stays with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from devtools.controlplane import wait_for
from tests.suites.cluster.load import MERGE
from tests.suites.node.candidates import candidate, collection, denied, is_guarded, write, writing
from tests.suites.node.release import CHART

if TYPE_CHECKING:
    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.suites.node.release import Release


def micro_time(time: datetime) -> str:
    """Return it as a metav1.MicroTime."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def last_end(release: Release) -> dict[str, Any]:
    """Return how a container ended last, of any pod; empty where none has."""
    for pod in release.pods():
        for status in pod["status"].get("containerStatuses", []):
            for state in ("state", "lastState"):
                if ended := status[state].get("terminated"):
                    found: dict[str, Any] = ended
                    return found
    return {}


def test_too_little_memory_kills_a_pod_and_refuses_no_write(
    control_plane: ControlPlane, namespace: str, release: Release
) -> None:
    limits = ("resources.limits.memory=24Mi", "resources.requests.memory=16Mi")
    with writing(control_plane, namespace) as load:
        release.is_installed = True
        sets = [f"--set={one}" for one in limits]
        release.helm("install", release.name, str(CHART), *sets)
        ended = wait_for(lambda: last_end(release), "a container to be ended", timeout=60)
    assert ended["reason"] == "OOMKilled"
    assert load.problems == []
    release.upgrade("resources.limits.memory=256Mi", "resources.requests.memory=96Mi")
    release.settle()


def test_a_first_configuration_that_crashes_is_told_refuses_no_write_and_can_be_mended(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str, release: Release
) -> None:
    with writing(control_plane, namespace) as load:
        release.is_installed = True
        broken = "--set=extraArgs={--no-such-flag}"
        failed = release.node.helm(
            *("install", release.name, str(CHART), "--wait", "--timeout=8s", broken),
            f"--namespace={release.namespace}",
        )
        assert failed.returncode != 0
        assert release.history() == [(1, "failed")]
        ended = wait_for(lambda: last_end(release), "a container to end", timeout=30)
        assert (ended["reason"], ended["exitCode"]) == ("Error", 2)

        def is_told() -> bool:
            # Between two starts of a container there is nothing to read.
            pod = release.pods()[0]["metadata"]["name"]
            return "No such option '--no-such-flag'" in release.kubectl("logs", pod)

        wait_for(is_told, "the reason in the log", timeout=60)
        release.upgrade("extraArgs=null")
        wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
    assert load.problems == []
    assert [status for _, status in release.history()] == ["superseded", "deployed"]


def test_without_a_pod_fail_refuses_candidates_of_covered_namespaces_and_nothing_else(
    api: httpx2.Client, namespace: str, release: Release
) -> None:
    release.install()
    # Longer than the default second, which writes may exceed where several nodes share a machine.
    release.upgrade("webhooks.failurePolicy=Fail", "webhooks.timeoutSeconds=5")
    wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
    before = candidate("before")
    before["spec"]["renewTime"] = micro_time(now := datetime.now(UTC))
    write(api, namespace, before).raise_for_status()
    release.kubectl("scale", f"deployment/{release.fullname}", "--replicas=0")
    # While one drains it answers, so a call that failed would say nothing.
    wait_for(lambda: release.all_pods() == [], "the pods to go", timeout=120)

    def is_refused() -> bool:
        return write(api, namespace, candidate("new"), dry=True).status_code == 500

    wait_for(is_refused, "candidates to be refused", timeout=60)
    refused = write(api, namespace, candidate("new"))
    assert 'failed calling webhook \\"mutate.leasegate.dev\\"' in refused.text
    for free in ("kube-system", "kube-public", release.namespace):
        body = candidate("free", lease="free")
        assert write(api, free, body, dry=True).status_code == 201, free
    others: dict[str, dict[str, object]] = {
        f"/api/v1/namespaces/{namespace}/configmaps": {"metadata": {"name": "other"}},
        f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases": {"metadata": {"name": "a"}},
    }
    for path, body in others.items():
        assert api.post(path, json=body).status_code == 201, path
    # A heartbeat is no business of the webhooks, so that nobody expires meanwhile.
    beat = {"spec": {"renewTime": micro_time(now + timedelta(seconds=10))}}
    path = f"{collection(namespace)}/before"
    beaten = api.patch(path, json=beat, headers=MERGE)
    assert beaten.status_code == 200, beaten.text
    assert api.delete(path).is_success
    # And the pods can start: what elects, schedules and admits them asks nobody who is away.
    release.kubectl("scale", f"deployment/{release.fullname}", "--replicas=2")
    release.settle()
    wait_for(
        lambda: write(api, namespace, candidate("new"), dry=True).status_code == 201,
        "candidates to be accepted again",
        timeout=30,
    )
    answer = write(api, namespace, denied("bad"), dry=True)
    assert answer.status_code == 422, answer.text
    # The hook that removes the registrations first needs no help, even from 0 replicas.
    release.kubectl("scale", f"deployment/{release.fullname}", "--replicas=0")
    release.uninstall()
    assert write(api, namespace, candidate("after"), dry=True).status_code == 201
