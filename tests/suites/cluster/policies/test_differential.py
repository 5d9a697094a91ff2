"""On a real kube-apiserver, each rule and its twin find the same in the same writes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from app.cel_policies import KubeVersion, policies
from tests.cel_policies.comparison import CUSTOM, DEFAULTS, WITH_TWIN
from tests.suites.cluster.policies.differential import compare, stored_candidates
from tests.suites.cluster.policies.installed import failing_closed, installed

if TYPE_CHECKING:
    from app.leasecandidate.rules import RulesConfiguration
    from devtools.controlplane import ControlPlane
    from tests.cel_policies.writes import Case

OLDEST = KubeVersion(32)
"""All versions get the same validating policies."""


@pytest.fixture(scope="module")
def stored(quiet_plane: ControlPlane) -> list[Case]:
    return stored_candidates(quiet_plane, seed=1, count=300)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("configuration", "count"),
    [
        pytest.param(DEFAULTS, 12_000, id="default settings"),
        pytest.param(CUSTOM, 3_000, id="other settings and exemptions"),
    ],
)
def test_policies_and_rules_agree(
    quiet_plane: ControlPlane,
    stored: list[Case],
    configuration: RulesConfiguration,
    count: int,
) -> None:
    validating = policies(configuration, OLDEST).manifests
    with installed(quiet_plane, failing_closed(validating)):
        found = compare(quiet_plane, configuration, stored, count)
    assert found.differences == []
    assert found.operations == {"CREATE": count * 2 // 3, "UPDATE": count // 3}
    assert set(found.violations) == {rule.id for rule in WITH_TWIN}


def test_every_twin_that_is_turned_around_is_found_out(
    quiet_plane: ControlPlane, stored: list[Case]
) -> None:
    turned = copy.deepcopy(policies(DEFAULTS, OLDEST).manifests)
    for policy in turned:
        spec: Any = policy["spec"]
        for validation in spec.get("validations", ()):
            validation["expression"] = f"!({validation['expression']})"
    with installed(quiet_plane, failing_closed(turned)):
        found = compare(quiet_plane, DEFAULTS, stored, 60)
    assert set(found.differing) == {rule.id for rule in WITH_TWIN}
