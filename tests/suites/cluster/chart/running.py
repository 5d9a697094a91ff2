"""What kubelet does with the pods of a release, done: they run, and it is told how they ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2

from devtools.controlplane import wait_for
from tests.suites.cluster.chart.pod import Pod
from tests.suites.cluster.chart.release import FULLNAME, Json, Release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS: Final = 120


@contextmanager
def running(release: Release, operations: int, folder: Path) -> Iterator[None]:
    """Run the pod of the Deployment until the block ends; it is ready when the block begins."""
    process = Pod(release, pod_of(release), folder).process("pod")
    process.start()
    try:
        wait_for(
            lambda: is_ready(operations) or not process.running, "the pod to be ready", SECONDS
        )
        assert process.running, process.log_tail()
        yield
    finally:
        process.stop()


def pod_of(release: Release) -> Json:
    """Return the spec of the Deployment's pods as the server stores it, with its defaults."""
    path = f"/apis/apps/v1/namespaces/{release.namespace}/deployments/{FULLNAME}"
    spec: Json = release.get(path)["spec"]["template"]["spec"]
    return spec


def is_ready(operations: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{operations}/readyz").is_success
    except httpx2.TransportError:
        return False


def finish(release: Release, name: str, folder: Path) -> str:
    """Run the pod of a hook that the server has, once it has it, and tell the server that it ended.

    `name` is what the pod's name begins with. Returns what the pod said.
    """
    path = f"/api/v1/namespaces/{release.namespace}/pods"
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        items = release.get(path)["items"]
        found.extend(item for item in items if item["metadata"]["name"].startswith(name))
        return bool(found)

    wait_for(is_there, f"the pod {name}", SECONDS)
    process = Pod(release, found[0]["spec"], folder).process("hook")
    process.start()
    wait_for(lambda: not process.running, f"the pod {name} to end", SECONDS)
    said = process.log.read_text()
    assert process.exit_code == 0, said
    release.api.patch(
        f"{path}/{found[0]['metadata']['name']}/status",
        json={"status": {"phase": "Succeeded"}},
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()
    return said
