"""What docs/performance.md says of the image and its pods, measured: `pytest -s` shows it."""

from __future__ import annotations

import json
import os
import sys
import tarfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devtools.controlplane import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    import pytest

    from tests.suites.node.release import Release

MEBIBYTE = 1 << 20


def layers(archive: Path) -> list[float]:
    """Return the size of each layer, as it is unpacked, in MiB; the base comes first."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile("manifest.json")
        assert file is not None
        (manifest,) = json.load(file)
        return [tar.getmember(name).size / MEBIBYTE for name in manifest["Layers"]]


def seconds_to_ready(pod: dict[str, Any]) -> float:
    """Return how long after its container's start a pod was ready; the API knows whole seconds."""
    started = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    (ready,) = [one for one in pod["status"]["conditions"] if one["type"] == "Ready"]
    times = [datetime.fromisoformat(text) for text in (ready["lastTransitionTime"], started)]
    return (times[0] - times[1]).total_seconds()


def memory(api: httpx2.Client, namespace: str) -> list[float]:
    """Return the working set of each pod of a namespace as kubelet sees it, in MiB."""
    summary = api.get("/api/v1/nodes/node/proxy/stats/summary").raise_for_status().json()
    return [
        pod["memory"]["workingSetBytes"] / MEBIBYTE
        for pod in summary["pods"]
        if pod["podRef"]["namespace"] == namespace and pod.get("memory", {}).get("workingSetBytes")
    ]


def test_the_figures_of_the_image_and_its_pods(
    installed: Release, api: httpx2.Client, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = layers(image)
    starts = [seconds_to_ready(pod) for pod in installed.ready_pods()]

    def counted() -> list[float] | None:
        found = memory(api, installed.namespace)
        return found if len(found) == len(starts) else None

    used = wait_for(counted, "kubelet to have counted memory", timeout=60)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    with capsys.disabled():
        # With -n, the standard output of a worker is nobody's.
        sys.stderr.write(
            f"\nimage: {sum(sizes):.0f} MiB unpacked, {sum(sizes[1:]):.0f} of them leasegate\n"
            f"pod: ready {max(starts):.0f} s after its container started,"
            f" {max(used):.0f} MiB of memory (load {load:.1f} per processor)\n"
        )
    assert sum(sizes[1:]) < 67
    assert max(used) < 96, "more than the chart requests"
