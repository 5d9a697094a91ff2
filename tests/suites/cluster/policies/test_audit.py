"""The audit log of a real kube-apiserver names every violated rule of a write."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from app.cel_policies import KubeVersion, policies
from app.leasecandidate.rules import Ruleset
from devtools.controlplane import Binaries, ControlPlane, Options, run_control_plane
from tests.cel_policies import writes
from tests.cel_policies.comparison import DEFAULTS, found_by_rules
from tests.suites.cluster.policies.installed import ADMIN, installed
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cel_policies.writes import Case

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "resources": [{"group": "coordination.k8s.io"}]}],
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def audited(binaries: Binaries, tmp_path: Path, log: Path) -> Iterator[ControlPlane]:
    policy = tmp_path / "audit.json"
    policy.write_text(json.dumps(AUDIT_POLICY))
    options = Options(flags=[f"--audit-policy-file={policy}", f"--audit-log-path={log}"])
    with run_control_plane(binaries, tmp_path / "control-plane", options) as running:
        yield running


def new_candidates() -> Iterator[Case]:
    random = Random(6)
    for number in range(200):
        case = replace(writes.create(random), namespace="default", user=ADMIN)
        case.object["metadata"] |= {"name": f"case-{number}", "namespace": "default"}
        yield case


def test_the_audit_log_names_every_violated_rule(audited: ControlPlane, log: Path) -> None:
    ruleset = Ruleset(DEFAULTS)
    expected = {}
    with (
        installed(audited, policies(DEFAULTS, KubeVersion(32)).manifests),
        Writer(audited) as writer,
    ):
        for case in new_candidates():
            assert writer.write(case).code == 201
            expected[case.object["metadata"]["name"]] = found_by_rules(ruleset, case)
    logged = {}
    for event in map(json.loads, log.read_text().splitlines()):
        name = event["objectRef"].get("name", "")
        if name.startswith("case-"):
            violations = event["annotations"].get("leasegate-warn/violations", "")
            logged[name] = set(violations.split(",")) if violations else set()
    assert logged == expected
    assert max(map(len, logged.values())) > 2
