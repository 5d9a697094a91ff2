"""A release of the chart from its installation to its end, under writes that must not suffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devtools.controlplane import wait_for
from tests.suites.node.candidates import is_guarded, writing
from tests.suites.node.release import REGISTRATIONS

if TYPE_CHECKING:
    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.suites.node.release import Release


def test_a_release_lives_and_with_ignore_no_write_is_ever_refused(
    control_plane: ControlPlane, api: httpx2.Client, namespace: str, release: Release
) -> None:
    with writing(control_plane, namespace) as load:
        release.install()
        assert len(release.ready_pods()) == 2
        wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
        assert "Phase:          Succeeded" in release.helm("test", release.name)
        release.upgrade("config.rules.profile=strict", "webhooks.timeoutSeconds=2")
        assert release.registration("Validating")["timeoutSeconds"] == 2
        release.upgrade("image.tag=other")
        images = {pod["spec"]["containers"][0]["image"] for pod in release.ready_pods()}
        assert images == {"leasegate:other"}
        release.helm("rollback", release.name, "1", "--wait", "--timeout=90s")
        assert release.registration("Validating")["timeoutSeconds"] == 1
        wait_for(lambda: is_guarded(api, namespace), "the webhooks to be called", timeout=30)
        assert "Phase:          Succeeded" in release.helm("test", release.name)
        assert [status for _, status in release.history()][-1] == "deployed"
        release.uninstall()
    assert load.problems == []
    assert len(load.seconds) > 200
    for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"):
        assert api.get(f"{REGISTRATIONS}/{kind}/{release.fullname}").status_code == 404
    assert release.pods() == []
