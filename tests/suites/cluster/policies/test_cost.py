"""No object is so large that a policy runs out of the budget that CEL has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from app.cel_policies import KubeVersion, policies
from devtools.controlplane import wait_for
from tests.cel_policies.comparison import DEFAULTS, found_by_policies
from tests.cel_policies.writes import Case
from tests.suites.cluster.policies.installed import ADMIN, failing_closed, installed
from tests.suites.cluster.policies.writer import Answer, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devtools.controlplane import ControlPlane

LARGEST: Final = 3 * 1024 * 1024 - 10_000
"""Just below the size of a request body that kube-apiserver still reads."""
LARGEST_STORED: Final = 1024 * 1024
"""Below what etcd stores."""


TIMED_OUT: Final = 504
PATIENCE: Final = 200.0


def candidate(name: str, finalizers: int = 0, **spec: str) -> Case:
    metadata: dict[str, Any] = {"name": name}
    if finalizers:
        metadata["finalizers"] = [f"example.com/{number:06d}" for number in range(finalizers)]
    valid = {
        "leaseName": "example",
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.35.0",
        "strategy": "OldestEmulationVersion",
        "renewTime": "2026-01-02T03:04:05.678901Z",
    }
    return Case("default", ADMIN, {"metadata": metadata, "spec": valid | spec})


@pytest.fixture(scope="module")
def writer(quiet_plane: ControlPlane) -> Iterator[Writer]:
    made = failing_closed(policies(DEFAULTS, KubeVersion(32)).manifests)
    with installed(quiet_plane, made), Writer(quiet_plane) as writer:
        yield writer


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(
            candidate("a", leaseName="x" * LARGEST), {"lease-name-not-dns"}, id="leaseName"
        ),
        pytest.param(
            candidate("a", binaryVersion=f"1.36.0-{'x' * LARGEST}"),
            {"version-too-long", "version-not-final"},
            id="binaryVersion",
        ),
        pytest.param(
            candidate("a", binaryVersion=f"1.36.0+{'a.' * (LARGEST // 2)}a"),
            {"version-too-long", "version-not-final"},
            id="a version of many parts",
        ),
        pytest.param(
            candidate(
                "a",
                binaryVersion=f"1.36.0-{'x' * (LARGEST // 2)}",
                emulationVersion=f"1.30.0-{'x' * (LARGEST // 2)}",
            ),
            {"version-too-long", "version-not-final", "version-gap"},
            id="both versions",
        ),
        pytest.param(
            candidate("a", finalizers=120_000), {"finalizer-on-candidate"}, id="finalizers"
        ),
    ],
)
def test_the_largest_field_is_judged(writer: Writer, case: Case, expected: set[str]) -> None:
    def answered() -> Answer | None:
        # kube-apiserver gives a write 34 s, whatever takes them: on a busy machine, its finalizers.
        answer = writer.write(case)
        return answer if answer.code != TIMED_OUT else None

    answer = wait_for(answered, "an answer in time", PATIENCE)
    assert answer.code == 201, answer.message
    assert found_by_policies(answer.warnings) == expected


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(
            candidate("long-versions", binaryVersion=f"1.36.0-{'x' * LARGEST_STORED}"),
            id="a long version",
        ),
        pytest.param(candidate("many-finalizers", finalizers=40_000), id="many finalizers"),
        pytest.param(
            candidate("long-lease-name", leaseName="x" * LARGEST_STORED), id="a long leaseName"
        ),
    ],
)
def test_a_large_candidate_that_is_stored_can_renew(writer: Writer, stored: Case) -> None:
    created = writer.write(stored, dry_run=False)
    assert created.code == 201, created.message
    renewed = {"metadata": created.body["metadata"], "spec": {**created.spec}}
    renewed["spec"]["renewTime"] = "2026-01-02T03:04:06.000000Z"
    answer = writer.write(replace(stored, object=renewed, old=created.body))
    assert (answer.code, answer.warnings) == (200, ())
