"""What the real helm says to who may not install all of the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.suites.cluster.chart.release import CHART, KINDS, NAME

if TYPE_CHECKING:
    import httpx2

    from tests.suites.cluster.chart.release import Json, Release

GROUP: Final = "rbac.authorization.k8s.io"
INSTALLER: Final = "installer"
RULES: Final = [
    {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["*"]},
    {
        "apiGroups": ["admissionregistration.k8s.io"],
        "resources": [
            *KINDS,
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
        ],
        "verbs": ["*"],
    },
]
"""What the chart takes outside of its namespace, without MutatingAdmissionPolicies."""


@pytest.fixture
def installer(release: Release, api: httpx2.Client) -> str:
    """A user with all rights on the namespace, and RULES besides."""
    role = f"{INSTALLER}-{release.namespace}"
    subjects = [{"apiGroup": GROUP, "kind": "User", "name": role}]
    roles = f"/apis/{GROUP}/v1"
    own = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role}
    every = own | {"name": "cluster-admin"}
    metadata = {"name": role}
    for path, body in (
        ("clusterroles", {"rules": RULES}),
        ("clusterrolebindings", {"roleRef": own, "subjects": subjects}),
        (
            f"namespaces/{release.namespace}/rolebindings",
            {"roleRef": every, "subjects": subjects},
        ),
    ):
        api.post(f"{roles}/{path}", json={"metadata": metadata} | body).raise_for_status()
    return role


def test_who_may_not_have_the_policy_on_leases_learns_of_its_value(
    release: Release, installer: str
) -> None:
    flags = ("--no-hooks", "--dry-run=server", f"--kube-as-user={installer}")
    install = ("install", NAME, str(CHART), *flags)
    off: Json = {"policies": {"leaseHolder": {"enabled": False}}}
    assert "kind: Deployment" in release.helm(*install, values=off)
    if release.may_mutate:
        with pytest.raises(AssertionError, match=r"policies\.leaseHolder") as error:
            release.helm(*install, values={})
        assert "forbidden" in str(error.value)
    else:
        assert "kind: Deployment" in release.helm(*install, values={})
