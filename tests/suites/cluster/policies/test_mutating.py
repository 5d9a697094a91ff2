"""On a real kube-apiserver, the mutating policy rewrites what the mutating hook rewrites."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app.cel_policies import KubeVersion, Part, policies
from app.cel_policies.kube_version import MUTATING_ADMISSION_POLICY
from app.leasecandidate import LeaseCandidateSpec
from app.leasecandidate.normalize import normalize
from app.leasecandidate.rules import RulesConfiguration
from tests.cel_policies import writes
from tests.suites.cluster.policies.differential import stored_candidates
from tests.suites.cluster.policies.installed import installed
from tests.suites.cluster.policies.writer import Answer, Writer

if TYPE_CHECKING:
    import httpx2

    from devtools.controlplane import ControlPlane
    from tests.cel_policies.writes import Case

_VERSIONS = ("binaryVersion", "emulationVersion")


@pytest.fixture(scope="module")
def kube_version(quiet_plane: ControlPlane) -> KubeVersion:
    with quiet_plane.client() as api:
        return KubeVersion.parse(api.get("/version").json()["gitVersion"])


@pytest.fixture(scope="module")
def made(kube_version: KubeVersion) -> tuple[dict[str, object], ...]:
    return policies(RulesConfiguration(), kube_version, parts=[Part.MUTATE]).manifests


def test_it_is_made_for_the_servers_that_serve_it(
    api: httpx2.Client, kube_version: KubeVersion, made: tuple[dict[str, object], ...]
) -> None:
    url = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
    is_served = api.get(url).status_code == 200
    assert is_served is (kube_version >= MUTATING_ADMISSION_POLICY)
    assert is_served is bool(made)


def rewritten(case: Case) -> Case:
    """Return the write as the mutating hook makes it."""
    spec = dict(case.object["spec"])
    rewrites, _hints = normalize(LeaseCandidateSpec.model_validate(spec))
    spec |= {rewrite.field: rewrite.new for rewrite in rewrites}
    return replace(case, object={**case.object, "spec": spec})


def versions(spec: dict[str, Any]) -> dict[str, str]:
    return {name: spec[name] for name in _VERSIONS if spec.get(name)}


def outcome(answer: Answer, case: Case, wanted: Case) -> str:
    if not writes.passes_built_in_validation(wanted):
        assert answer.code == 422, (answer, case)
        return "refused"
    assert answer.code in {200, 201}, (answer, case)
    assert versions(answer.spec) == versions(wanted.object["spec"]), case
    return "unchanged" if wanted == case else "rewritten"


@pytest.mark.timeout(300)
def test_it_rewrites_what_the_hook_rewrites(
    quiet_plane: ControlPlane, made: tuple[dict[str, object], ...]
) -> None:
    random = Random(4)
    stored = stored_candidates(quiet_plane, seed=20, count=50)
    outcomes: Counter[str] = Counter()
    with installed(quiet_plane, made), Writer(quiet_plane) as writer:
        for number in range(2100):
            if number % 3:
                case = writes.create(random)
            else:
                case = writes.update(random, random.choice(stored))
            lease_name = case.object["spec"]["leaseName"]
            spec = writes.near_miss(random) | {"leaseName": lease_name}
            case = replace(case, object={**case.object, "spec": spec})
            # Where no policy is made, the server takes the object as it is.
            wanted = rewritten(case) if made else case
            outcomes[outcome(writer.write(case), case, wanted)] += 1
    expected = {"refused", "unchanged", *(["rewritten"] if made else [])}
    assert {name for name, count in outcomes.items() if count > 100} == expected
    assert set(outcomes) == expected
