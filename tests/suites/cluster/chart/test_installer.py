"""What the real helm says to who may not install all of the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.suites.cluster.chart.release import CHART, NAME

if TYPE_CHECKING:
    import httpx2

    from tests.suites.cluster.chart.release import Json, Release

ROLES: Final = "/apis/rbac.authorization.k8s.io/v1"
INSTALLER: Final = "installer"


def test_who_may_not_have_the_policy_on_leases_learns_of_its_value(
    release: Release, api: httpx2.Client
) -> None:
    """Somebody with all rights on the release's namespace, and no more."""
    group = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": INSTALLER},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": INSTALLER}],
    }
    bindings = f"{ROLES}/namespaces/{release.namespace}/rolebindings"
    api.post(bindings, json=binding).raise_for_status()
    flags = ("--no-hooks", "--dry-run=server", f"--kube-as-user={INSTALLER}")
    install = ("install", NAME, str(CHART), *flags)
    off: Json = {"policies": {"leaseHolder": {"enabled": False}}}
    assert "kind: Deployment" in release.helm(*install, values=off)
    if release.may_mutate:
        with pytest.raises(AssertionError, match=r"policies\.leaseHolder") as error:
            release.helm(*install, values={})
        assert "forbidden" in str(error.value)
    else:
        assert "kind: Deployment" in release.helm(*install, values={})
