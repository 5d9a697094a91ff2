"""What Helm prints after an installation warns about risky choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.suites.chart.release import EXISTING

if TYPE_CHECKING:
    from tests.suites.chart.conftest import Manifest, Render


@pytest.mark.parametrize(
    ("values", "apis", "words"),
    [
        pytest.param({}, (), "does not serve LeaseCandidate", id="a cluster without candidates"),
        pytest.param(
            {},
            ("coordination.k8s.io/v9/LeaseCandidate",),
            "in v9 alone, which this leasegate does not know, so it\njudges none",
            id="a cluster with candidates of an unknown version",
        ),
        pytest.param(
            {},
            (
                "coordination.k8s.io/v9/LeaseCandidate",
                "coordination.k8s.io/v1alpha2/LeaseCandidate",
            ),
            "judges\nwhat is written in it as v1alpha2, while that is served",
            id="a cluster with candidates of an unknown version beside one that is known",
        ),
        pytest.param(
            {"webhooks": {"failurePolicy": "Fail"}},
            (),
            "WARNING: with failurePolicy Fail",
            id="Fail",
        ),
        pytest.param(
            {"webhooks": {"timeoutSeconds": 2}}, (), "WARNING: an election", id="a long timeout"
        ),
        pytest.param(
            {"policies": {"reserved": {"enabled": False}}},
            (),
            "heartbeat of a node",
            id="no policy",
        ),
        pytest.param(
            {"webhooks": {"excludedNamespaces": []}}, (), "kube-system is covered", id="kube-system"
        ),
        pytest.param(
            {"webhooks": {"skipHeartbeats": False}}, (), "each heartbeat", id="heartbeats"
        ),
        pytest.param({"hostNetwork": True}, (), "are open on the nodes", id="the node's network"),
        pytest.param({"replicaCount": 1}, (), "with one replica", id="one replica"),
        pytest.param({"test": {"enabled": False}}, (), "There is no helm test", id="no test"),
        pytest.param(
            {"certificates": EXISTING},
            (),
            "The pods wait for the Secret mine",
            id="a Secret of theirs",
        ),
        pytest.param(
            {"certificates": {"mode": "certManager"}}, (), "get certificate", id="cert-manager"
        ),
    ],
)
def test_notes_warn_about_risky_choices(
    render: Render, values: Manifest, apis: tuple[str, ...], words: str
) -> None:
    assert words in render.notes(values, apis=apis)
    assert words not in render.notes({}, apis=("coordination.k8s.io/v1beta1/LeaseCandidate",))


BROUGHT = [
    pytest.param({}, False, id="the default"),
    pytest.param({"image": {"tag": "other"}}, False, id="another tag of it"),
    pytest.param({"image": {"repository": "gate.test/leasegate"}}, True, id="a repository"),
    pytest.param({"image": {"repository": "localhost/leasegate"}}, True, id="an imported archive"),
    pytest.param({"global": {"imageRegistry": "gate.test"}}, True, id="a registry of all charts"),
]


@pytest.mark.parametrize(("values", "is_brought"), BROUGHT)
def test_notes_say_that_nobody_publishes_the_default_image(
    render: Render, values: Manifest, *, is_brought: bool
) -> None:
    notes = render.notes(values)
    assert ("which nobody publishes" in notes) is not is_brought
    assert ("--set image.repository=REGISTRY/leasegate" in notes) is not is_brought


def test_notes_say_whether_leases_get_a_holder(render: Render) -> None:
    assert "gets an empty one" in render.notes()
    off = {"policies": {"leaseHolder": {"enabled": False}}}
    assert "leaseHolder" not in render.notes(off)
    assert "policies.leaseHolder is left out" in render.notes(kube="v1.35.0")
