"""A real `leasegate serve` that follows a real cluster finds candidates that disagree."""

from __future__ import annotations

import ssl
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from app.leasecandidate import MicroTime
from devtools.controlplane import ControlPlane, wait_for
from devtools.controlplane.ports import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
Json = dict[str, object]


@dataclass(frozen=True)
class Serving:
    """A running server."""

    admission: httpx2.Client
    operations: httpx2.Client

    def note(self, name: str) -> str:
        """Return the line of a readiness check."""
        try:
            lines = self.operations.get("/readyz?verbose").text.splitlines()
        except httpx2.TransportError:
            return ""
        return next((line for line in lines if f"]{name} " in line), "")

    def validate(self, review: Json) -> Json:
        """Return the response to a review."""
        answer = self.admission.post("/validate", json=review).json()
        response: Json = answer["response"]
        return response


@contextmanager
def serving(folder: Path, kubeconfig: Path, *flags: str) -> Iterator[Serving]:
    """Run `leasegate serve --dev` with this cluster."""
    port, operations = (Endpoint.free("127.0.0.1").port for _ in range(2))
    certificates = folder / "certs"
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "app", "serve", "--dev"),
                *(f"--port={port}", f"--operations-port={operations}"),
                *(f"--certificates-folder={certificates}", f"--kubeconfig={kubeconfig}"),
                *flags,
            ],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{operations}") as probes:
            starting = Serving(probes, probes)
            wait_for(lambda: "synced" in starting.note("siblings"), "the siblings to be known", 120)
            context = ssl.create_default_context(cafile=certificates / "ca.crt")
            with httpx2.Client(base_url=f"https://localhost:{port}", verify=context) as client:
                yield Serving(client, probes)
    finally:
        process.kill()
        process.wait()


def spec(strategy: str, version: str) -> Json:
    return {
        "leaseName": "contended",
        "binaryVersion": version,
        "emulationVersion": version,
        "strategy": strategy,
        "renewTime": str(MicroTime.at(datetime.now(UTC))),
    }


def review(namespace: str, candidate: Json) -> Json:
    resource = {"group": "coordination.k8s.io", "version": "v1beta1"}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u",
            "kind": resource | {"kind": "LeaseCandidate"},
            "resource": resource | {"resource": "leasecandidates"},
            "operation": "CREATE",
            "name": "mine",
            "namespace": namespace,
            "object": {"metadata": {"name": "mine", "namespace": namespace}, "spec": candidate},
        },
    }


@pytest.mark.parametrize(
    ("profile", "ours", "expected"),
    [
        pytest.param("recommended", "1.33.0", "strategy-conflict)", id="the highest version warns"),
        pytest.param("strict", "1.33.0", "strategy-conflict)", id="strict denies"),
        pytest.param("strict", "1.34.0", "", id="a higher version decides alone"),
    ],
)
def test_a_strategy_that_differs_from_a_live_sibling_is_found(
    control_plane: ControlPlane,
    api: httpx2.Client,
    namespace: str,
    tmp_path: Path,
    profile: str,
    ours: str,
    expected: str,
) -> None:
    api.post(
        f"/apis/coordination.k8s.io/v1beta1/namespaces/{namespace}/leasecandidates",
        json={
            "apiVersion": "coordination.k8s.io/v1beta1",
            "kind": "LeaseCandidate",
            "metadata": {"name": "theirs"},
            "spec": spec("OldestEmulationVersion", "1.33.0"),
        },
    ).raise_for_status()
    config = tmp_path / "config.yaml"
    config.write_text(f"rules: {{profile: {profile}}}")
    with serving(tmp_path, control_plane.kubeconfig, f"--config={config}") as server:
        answer = server.validate(review(namespace, spec("example.com/mine", ours)))
        annotations = answer.get("auditAnnotations", {})
        said = f"{answer.get('warnings', '')} {answer.get('status', '')}"
        assert answer["allowed"] is (profile != "strict" or not expected)
        assert expected in said
        if expected:
            # Nobody knows who asks here, so nothing is told of the others but that they are there.
            assert "have another strategy" in said
            assert "OldestEmulationVersion" not in said
            assert "theirs" not in said
        else:
            assert "violations" not in str(annotations)


def test_a_candidate_without_siblings_conflicts_with_nobody(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    with serving(tmp_path, control_plane.kubeconfig) as server:
        assert server.operations.get("/readyz").text == "ok"
        assert server.note("siblings") == "[+]siblings ok: synced: following the API server"
        answer = server.validate(review(namespace, spec("example.com/mine", "1.33.0")))
        assert answer == {"uid": "u", "allowed": True}


@pytest.mark.parametrize(
    ("minutes_off", "allowed"),
    [
        pytest.param(0, False, id="a clock that agrees with the server denies"),
        pytest.param(-5, True, id="a clock that is five minutes behind only warns"),
        pytest.param(5, True, id="a clock that is five minutes ahead only warns"),
    ],
)
def test_a_wrong_clock_of_ours_does_not_stop_elections(
    control_plane: ControlPlane, namespace: str, tmp_path: Path, minutes_off: int, allowed: bool
) -> None:
    ours = datetime.now(UTC) + timedelta(minutes=minutes_off)
    candidate = spec("example.com/mine", "1.33.0")
    candidate["renewTime"] = str(MicroTime.at(ours + timedelta(minutes=10)))
    with serving(tmp_path, control_plane.kubeconfig, f"--now={ours.isoformat()}") as server:
        answer = server.validate(review(namespace, candidate))
    assert answer["allowed"] is allowed
    assert "(leasegate rule renew-time-in-future)" in str(answer)
