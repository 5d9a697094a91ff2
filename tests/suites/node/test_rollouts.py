"""Writes that must be checked while every pod is replaced, again and again, and the CA as well."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING

from app.pki.secret_state import read_authorities
from devtools.controlplane import wait_for
from tests.suites.node.candidates import is_guarded, writing

if TYPE_CHECKING:
    import httpx2
    import pytest

    from devtools.controlplane import ControlPlane
    from tests.suites.node.release import Release

ROLLOUTS = 5
ROTATIONS = 3
SOON = (
    "--certificates-poll-seconds=1",
    "--propagation-seconds=5",
    "--clock-margin-seconds=2",
    "--look-ahead-seconds=700",
    "--leaf-lifetime-seconds=3600",
)


def authorities(release: Release) -> set[str]:
    """Return the fingerprints of the CAs that both registrations trust; raises if they differ."""
    validating, mutating = (
        set(
            read_authorities(
                base64.b64decode(release.registration(kind)["clientConfig"]["caBundle"])
            )
        )
        for kind in ("Validating", "Mutating")
    )
    return validating if validating == mutating else set()


def require_every_write(release: Release) -> None:
    """Go on to failurePolicy Fail, as the documentation says: once the pods are ready."""
    release.upgrade("webhooks.failurePolicy=Fail", "webhooks.timeoutSeconds=5")


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Print a figure, whatever pytest captures."""
    with capsys.disabled():
        sys.stderr.write(f"\n{line}\n")


def test_five_rollouts_refuse_and_lose_no_write(
    control_plane: ControlPlane,
    api: httpx2.Client,
    namespace: str,
    release: Release,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release.install()
    require_every_write(release)
    wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
    before = {pod["metadata"]["name"] for pod in release.pods()}
    with writing(control_plane, namespace, each_second=50) as load:
        for _ in range(ROLLOUTS):
            release.roll_out()
            after = {pod["metadata"]["name"] for pod in release.ready_pods()}
            assert not after & before
            before = after
        # What was replaced last still answers, and has to end under writes as well.
        release.settle()
    assert load.problems == []
    say(capsys, f"five rollouts: {load.latency()}")


def rotate(release: Release) -> None:
    """Revoke the CA, and wait until the one after it is the only one."""
    (old,) = authorities(release)
    flags = (f"--secret-name={release.fullname}-tls", f"--service-name={release.fullname}")
    command = (
        "leasegate",
        "certs",
        "rotate",
        "--revoke",
        *flags,
        f"--namespace={release.namespace}",
    )
    asked = release.kubectl("exec", f"deployment/{release.fullname}", "--", *command)
    assert "Asked the replicas to revoke the CA" in asked
    wait_for(lambda: authorities(release) > {old}, "both CAs to be trusted", timeout=60)
    wait_for(
        lambda: len(authorities(release)) == 1 and old not in authorities(release),
        "the new CA alone",
        timeout=100,
    )


def test_three_rotations_of_the_ca_refuse_and_lose_no_write(
    control_plane: ControlPlane,
    api: httpx2.Client,
    namespace: str,
    release: Release,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release.install(f"extraArgs={{{','.join(SOON)}}}")
    require_every_write(release)
    wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
    with writing(control_plane, namespace, each_second=50) as load:
        for _ in range(ROTATIONS):
            rotate(release)
    assert load.problems == []
    assert len(load.seconds) > ROTATIONS * 200
    say(capsys, f"three rotations of the CA: {load.latency()}")
